import { existsSync } from 'node:fs'

export const CONTAINER_IMAGE = 'postgres:16-alpine'

export interface ContainerServer {
  readonly url: string
  readonly id: string
}

/**
 * Whether a Docker daemon may be there. testcontainers itself takes seconds to find out that there is none.
 */
export function hasDockerSocket(): boolean {
  return Boolean(process.env.DOCKER_HOST) || existsSync('/var/run/docker.sock')
}

/**
 * Starts PostgreSQL in a container. The end of the test run removes it: Ryuk would do so as soon as the worker that
 * started it ends, and its image cannot be had everywhere.
 *
 * @throws when no daemon answers or the image cannot be had
 */
export async function startContainer(): Promise<ContainerServer> {
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  const container = await new PostgreSqlContainer(CONTAINER_IMAGE)
    .withUsername('postgres')
    .withPassword('postgres')
    .withDatabase('postgres')
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
    .start()
  return { url: container.getConnectionUri(), id: container.getId() }
}

/** Removes a container started by {@link startContainer}. */
export async function removeContainer(id: string): Promise<void> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  const client = await getContainerRuntimeClient()
  await client.container.getById(id).remove({ force: true, v: true })
}
