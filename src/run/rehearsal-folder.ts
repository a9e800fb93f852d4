/** What the names of folders begin with from which Prisma is run for a rehearsal, in the folder for snapshots and journals. */
export const REHEARSAL_FOLDERS = '.rehearsal-'
