declare module 's3rver' {
  export default class S3rver {
    constructor(options: object)
    configureBuckets(): Promise<void>
    callback(): unknown
  }
}
