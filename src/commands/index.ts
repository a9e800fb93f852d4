import { acceptCommand } from './accept.js'
import { checkCommand } from './check.js'
import type { CommandDefinition } from './command.js'
import { deployCommand } from './deploy.js'
import { devCommand } from './dev.js'
import { diffCommand } from './diff.js'
import { explainCommand } from './explain.js'
import { importCommand } from './import.js'
import { initCommand } from './init.js'
import { planCommand } from './plan.js'
import { protectCommand } from './protect.js'
import { rehearseCommand } from './rehearse.js'
import { resolveCommand } from './resolve.js'
import { restoreCommand } from './restore.js'
import { salvageCommand } from './salvage.js'
import { snapshotCreateCommand } from './snapshot-create.js'
import { snapshotExportCommand } from './snapshot-export.js'
import { snapshotFetchCommand } from './snapshot-fetch.js'
import { snapshotListCommand } from './snapshot-list.js'
import { snapshotPruneCommand } from './snapshot-prune.js'
import { snapshotRemoveCommand } from './snapshot-remove.js'
import { snapshotShowCommand } from './snapshot-show.js'
import { snapshotVerifyCommand } from './snapshot-verify.js'
import { statusCommand } from './status.js'

/** Every command, in the order of `--help`. */
export const commands: readonly CommandDefinition[] = [
  devCommand,
  deployCommand,
  checkCommand,
  planCommand,
  rehearseCommand,
  acceptCommand,
  explainCommand,
  statusCommand,
  resolveCommand,
  snapshotCreateCommand,
  snapshotListCommand,
  snapshotShowCommand,
  snapshotVerifyCommand,
  snapshotFetchCommand,
  snapshotPruneCommand,
  snapshotRemoveCommand,
  snapshotExportCommand,
  diffCommand,
  restoreCommand,
  salvageCommand,
  importCommand,
  protectCommand,
  initCommand,
]
