import { messageOf, SafeMigrateError } from '../../errors.js'

const SECRETS = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ACCESS_KEY_ID']
const CREDENTIALS = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, where safe-migrate runs.'
const REACH = 'Look at the network, and at storage.s3.endpoint and storage.s3.region in safe-migrate.config.'

/** By the name of the SDK's or the service's error. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/CredentialsProviderError|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenProviderError/, CREDENTIALS],
  [
    /NoSuchBucket|PermanentRedirect|AuthorizationHeaderMalformed|Region/,
    'Correct storage.s3.bucket or storage.s3.region in safe-migrate.config, or make the bucket.',
  ],
  [/AccessDenied|Forbidden|403/, 'Allow this user to list the bucket, and to get, put and delete objects in it.'],
  [/NoSuchKey|NotFound/, 'Look at it with: safe-migrate snapshot list'],
]

/** @param what what could not be done: `listed`, `written` */
export function s3Error(label: string, what: string, error: unknown): SafeMigrateError {
  const name = error instanceof Error ? error.name : ''
  const text = hideCredentials(describe(error))
  const advice = ADVICE.find(([pattern]) => pattern.test(name) || pattern.test(text))?.[1] ?? REACH
  return new SafeMigrateError({ code: 'snapshot', message: `${label} could not be ${what}.`, why: `${text}.`, next: [advice], cause: null })
}

export function sdkMissing(cause: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'config',
    message: 'The configuration has snapshots stored in S3 (storage.s3), and the packages for it are not installed.',
    why: messageOf(cause).split('\n')[0] ?? '',
    next: ['npm install @aws-sdk/client-s3 @aws-sdk/lib-storage'],
  })
}

// An error of many addresses tells nothing by itself. The service sends `UnknownError` with no body to a HEAD.
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  if (!(error instanceof Error)) return messageOf(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return [error.name === 'Error' ? code : error.name, error.message].filter((part) => part !== '').join(': ')
}

function hideCredentials(text: string): string {
  const values = SECRETS.flatMap((name) => process.env[name] || [])
  return values.reduce((rest, value) => rest.replaceAll(value, '[hidden]'), text)
}
