/** A command was not done: `message` says why, `remedy` what to do instead. */
export class ClientError extends Error {
  readonly remedy: string

  constructor(why: string, remedy: string) {
    super(why)
    this.name = 'ClientError'
    this.remedy = remedy
  }
}
