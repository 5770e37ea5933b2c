// Where the API of a GitHub host is, and which hosts GitHub runs itself. Plain http is only for this machine: a test's host.

export interface HostAddresses {
  /** Of the REST API, without a slash at its end. */
  readonly rest: string;
  readonly graphql: string;
  /** Of the pages that people open. */
  readonly web: string;
}

/** GitHub's own service: github.com and the hosts NAME.ghe.com, whose data stay in one region. */
export function isPublic(host: string): boolean {
  return host === 'github.com' || /^[a-z0-9-]+\.ghe\.com$/.test(host);
}

export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?$/.test(host);
}

export function addressesOf(host: string): HostAddresses {
  const web = `${isLoopback(host) ? 'http' : 'https'}://${host}`;
  if (isPublic(host)) return { rest: `https://api.${host}`, graphql: `https://api.${host}/graphql`, web };
  return { rest: `${web}/api/v3`, graphql: `${web}/api/graphql`, web };
}
