// Carries an error of ours through octokit unchanged. Octokit and its retry plugin pass on errors of this name at once, as
// they do when a request was aborted; any other error of a `fetch` counts as a broken connection, and is tried again.
export class Ended extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('the request was ended by its sender');
    this.name = 'AbortError';
    this.reason = reason;
  }
}
