import { describe, expect, it } from 'vitest'
import { isWithoutEffects } from '../../../src/databases/postgresql/functions-without-effects.js'
import { openPostgresql } from '../../verify/lab.js'

/** What only operators, types, indexes and the server itself call. */
const FOR_THE_SERVER = `SELECT oprcode::oid FROM pg_operator UNION SELECT oprrest::oid FROM pg_operator UNION SELECT oprjoin::oid FROM pg_operator UNION SELECT amproc::oid FROM pg_amproc
  UNION SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typsubscript]::oid[]) FROM pg_type
  UNION SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[]) FROM pg_aggregate
  UNION SELECT conproc::oid FROM pg_conversion UNION SELECT prosupport::oid FROM pg_proc`

describe('functions without effects', { timeout: 30_000 }, () => {
  it('are those that the server itself calls immutable or stable', async () => {
    const live = await openPostgresql()
    try {
      const rows = await live.connection.query(`SELECT DISTINCT p.proname::text AS name FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.provolatile <> 'v' AND p.oid NOT IN (${FOR_THE_SERVER})
          AND NOT EXISTS (SELECT FROM pg_proc v WHERE v.proname = p.proname AND v.provolatile = 'v')
          AND p.prorettype NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p' AND typname ~ '(handler|internal|trigger)$')
          AND NOT ('internal'::regtype = ANY (p.proargtypes::oid[]::regtype[]))
          AND p.proname !~ '(_validator|_canonical|_subdiff|_in|_out|_send|_lexize|_init|_start|_end|_nexttoken|_lextype|_headline)$|^pg_event_trigger'`)
      const unknown = rows.map((row) => String(row.name)).filter((name) => !isWithoutEffects(null, name))
      expect(unknown).toEqual([])
      expect(rows.length).toBeGreaterThan(600)
    } finally {
      await live.close()
    }
  })
  it('are not those that write, run SQL or throw away', () => {
    const writers = `lo_unlink lo_put lo_truncate lowrite lo_export query_to_xml ts_stat ts_rewrite pg_drop_replication_slot pg_replication_slot_advance
      pg_logical_slot_get_changes pg_promote binary_upgrade_set_missing_value dblink dblink_exec drop_chunks add_retention_policy`
    for (const name of writers.split(/\s+/)) expect(isWithoutEffects(null, name), name).toBe(false)
  })
  it('of extensions may be in any schema, those of the server in none', () => {
    expect(isWithoutEffects('extensions', 'uuid_generate_v4')).toBe(true)
    expect(isWithoutEffects('cron', 'schedule')).toBe(true)
    expect(isWithoutEffects('app', 'schedule')).toBe(false)
    expect(isWithoutEffects('app', 'lower')).toBe(false)
  })
})
