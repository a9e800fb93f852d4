import { z } from 'zod'
import type { ProjectSummary } from '../run/report.js'

export const projectSummary: z.ZodType<ProjectSummary> = z.strictObject({
  root: z.string(),
  prisma: z.string(),
  database: z.string(),
  migrations: z.string(),
  environment: z.string().nullable(),
})
