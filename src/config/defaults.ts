/** What holds where nothing is configured. Beside the schema, which costs more to load than most runs need. */
export const DEFAULT_CONFIG = {
  directory: '.safe-migrate',
  engine: 'auto',
  commands: null,
  onLoss: 'keep' as const,
  onFailure: 'keep' as const,
  lockTimeout: 10_000,
  impactTimeout: 10_000,
  impactBudget: 60_000,
  showValues: false,
  groups: {},
  rules: {},
  files: [],
  fileReferences: [],
  imports: {},
  protect: { tables: [], columns: [] },
  environments: {},
}
