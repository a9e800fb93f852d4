import type { Connection } from '../databases/database.js'
import { type Finding, failsWhenRun, type Impact, type Severity } from '../rules/finding.js'
import { type Measure, predict } from '../rules/measure.js'
import { ignoreProgress, type OnProgress, startStep } from '../util/progress.js'
import type { Analysis, FindingMeasures } from './analyse.js'
import { openCounting } from './counting.js'
import { estimateLoss } from './estimate.js'
import { defaultLevel } from './levels.js'
import { measureReferencing } from './measure-cascades.js'
import { measureDisplaced, measureReplaced, measureUnfit, measureUpserted } from './measure-conflicts.js'
import { measureDuplicates, measureFailing } from './measure-failures.js'
import { measureRefused } from './measure-refused.js'
import { measureAllRows, measureLeftRows, measureMatchingRows } from './measure-rows.js'
import { measureAttribute, measureConverted, measureOverwritten, measureRewritten, measureValues } from './measure-values.js'
import type { Measurement, Measurer } from './measurer.js'
import { predictUncounted, withRelatives } from './related-predictions.js'

export interface ImpactOptions {
  /** Milliseconds for one query; what takes longer is not measured. */
  readonly timeout: number
  /** Milliseconds for all of them; what is left then is estimated. */
  readonly budget?: number
  /** Whether examples of failing rows come with their values. */
  readonly showValues?: boolean
  readonly onProgress?: OnProgress
}

/** Counts, read-only, what each finding costs in this database. Same findings in the same order; nothing at stake makes one `info`. */
export async function measureImpact(
  analysis: Analysis,
  connection: Connection,
  { timeout, budget = Number.POSITIVE_INFINITY, showValues = false, onProgress = ignoreProgress }: ImpactOptions,
): Promise<readonly Finding[]> {
  const { dialect, catalog } = analysis
  if (dialect === null || analysis.measures.every(({ measures }) => measures.length === 0)) return analysis.findings
  if (catalog === null) throw new TypeError('What was judged without a catalog cannot be measured')
  return connection.readOnly(timeout, async () => {
    const zone = dialect.measuring.timeZoneQuery === null ? undefined : (await connection.query(dialect.measuring.timeZoneQuery))[0]?.zone
    for (const setting of connection.database.comparison.settings) await connection.query(setting)
    const counting = openCounting(connection, dialect.measuring, budget)
    const measurer: Measurer = {
      connection: { ...connection, query: (sql) => counting.query(sql) },
      counting,
      catalog,
      foreignKeys: [],
      dialect,
      timeZone: zone === undefined ? null : String(zone),
      showValues,
      asText: false,
    }
    // All at once, so that `counting` can choose what to ask first and put together what one scan can answer.
    const progress = startStep(onProgress, 'Measuring what is at stake', analysis.findings.length, 'findings')
    return Promise.all(
      analysis.findings.map(async (finding, index) => {
        const measures = analysis.measures[index]
        const measured =
          measures === undefined || measures.measures.length === 0 ? finding : await measureFinding(measurer, finding, measures)
        progress.add(1)
        return measured
      }),
    )
  })
}

interface Outcome {
  readonly measurement: Measurement | null
  readonly why: string
  readonly measure: Measure
}

async function measureFinding(
  measurer: Measurer,
  finding: Finding,
  { measures, inconclusive, atMost, foreignKeys }: FindingMeasures,
): Promise<Finding> {
  const { catalog } = measurer
  if (inconclusive !== null)
    return {
      ...finding,
      predictions: withRelatives(
        catalog,
        foreignKeys,
        measures.flatMap((measure) => predictUncounted(foreignKeys, measure)),
      ),
      impact: { measured: false, why: inconclusive },
    }
  const outcomes = await Promise.all(measures.map((measure) => measureSafely({ ...measurer, foreignKeys }, measure)))
  const predictions = outcomes.flatMap(({ measurement, measure }) => measurement?.predictions ?? predictUncounted(foreignKeys, measure))
  const failed = outcomes.find(({ measurement }) => measurement === null)
  const found = outcomes.flatMap(({ measurement }) => measurement ?? [])
  const estimate = failed === undefined || finding.kind === 'failure' ? null : await estimateLoss(measurer, measures)
  const impact: Impact =
    failed === undefined
      ? { ...combine(found), ...(atMost === null ? {} : { atMost }) }
      : { measured: false, why: failed.why, ...(estimate === null ? {} : { estimate }) }
  const judged = { ...finding, ...reconsider(finding, impact), impact }
  return { ...judged, level: defaultLevel(judged), predictions: withRelatives(catalog, foreignKeys, predictions) }
}

async function measureSafely(measurer: Measurer, measure: Measure): Promise<Outcome> {
  if (measure.what === 'unknown') return { measurement: null, why: measure.why, measure }
  const { measuring } = measurer.dialect
  try {
    return { measurement: await runMeasure(measurer, measure), why: '', measure }
  } catch (error) {
    const isConversion = measuring.isConversionError(error)
    // It may only have been the comparison that could not cast one value to the type of the other.
    if (isConversion && !measurer.asText) return measureSafely({ ...measurer, asText: true }, measure)
    const message = measuring.describeError(error)
    if (!isConversion || measure.what !== 'converted-values') return { measurement: null, why: message, measure }
    const failing = { rows: 1, keys: [], message: `at least one row: ${message}` }
    return { measurement: { failing, predictions: predict(measure) }, why: '', measure }
  }
}

function runMeasure(measurer: Measurer, measure: Exclude<Measure, { what: 'unknown' }>): Promise<Measurement> {
  switch (measure.what) {
    case 'rows':
      return measureAllRows(measurer, measure)
    case 'referencing-rows':
      return measureReferencing(measurer, measure.tables)
    case 'values':
      return measureValues(measurer, measure)
    case 'attribute-values':
      return measureAttribute(measurer, measure)
    case 'matching-rows':
      return measureMatchingRows(measurer, measure)
    case 'overwritten-values':
      return measureOverwritten(measurer, measure)
    case 'upserted-values':
      return measureUpserted(measurer, measure)
    case 'replaced-rows':
      return measureReplaced(measurer, measure)
    case 'displaced-rows':
      return measureDisplaced(measurer, measure)
    case 'unfit-rows':
      return measureUnfit(measurer, measure)
    case 'converted-values':
      return measureConverted(measurer, measure)
    case 'left-rows':
      return measureLeftRows(measurer, measure)
    case 'rewritten-values':
      return measureRewritten(measurer, measure)
    case 'certain-failure':
      return Promise.resolve({ failing: { rows: 0, keys: [], message: measure.why }, predictions: [] })
    case 'refused-rows':
      return measureRefused(measurer, measure)
    case 'duplicates':
      return measureDuplicates(measurer, measure)
    default:
      return measureFailing(measurer, measure)
  }
}

function combine(found: readonly Measurement[]): Impact {
  const sum = (values: readonly (number | undefined)[]) =>
    values.every((value) => value === undefined) ? undefined : values.reduce<number>((total, value) => total + (value ?? 0), 0)
  const rows = sum(found.map((one) => one.rows))
  const values = sum(found.map((one) => one.values))
  const failures = found.flatMap((one) => one.failing ?? [])
  const shown = failures.flatMap((one) => one.values ?? []).slice(0, 5)
  const message = failures.find((one) => one.message !== undefined)?.message
  const cascades = found.flatMap((one) => one.cascades ?? []).filter((one) => one.rows > 0)
  return {
    measured: true,
    ...(rows === undefined ? {} : { rows }),
    ...(values === undefined ? {} : { values }),
    ...(failures.length === 0
      ? {}
      : {
          failing: {
            rows: failures.reduce((total, one) => total + one.rows, 0),
            keys: failures.flatMap((one) => one.keys).slice(0, 5),
            ...(shown.length === 0 ? {} : { values: shown }),
            ...(message === undefined ? {} : { message }),
          },
        }),
    ...(cascades.length === 0 ? {} : { cascades }),
  }
}

/** Nothing at stake is information; a statement thought to fail at worst that changes values in silence is a loss. */
function reconsider(finding: Finding, impact: Impact): { readonly severity?: Severity; readonly kind?: Finding['kind'] } {
  if (!impact.measured) return {}
  const lost = (impact.rows ?? 0) + (impact.values ?? 0) + (impact.cascades ?? []).reduce((total, one) => total + one.rows, 0)
  if (lost === 0 && !failsWhenRun(impact)) return { severity: 'info' }
  return finding.kind === 'failure' && lost > 0 ? { kind: 'loss', severity: 'S2' } : {}
}
