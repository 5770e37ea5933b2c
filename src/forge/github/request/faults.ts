// What follows from an answer that is no success, with a message that says what is wrong and a hint that says what to do.
// Texts of the host are quoted short; the caller masks secrets in them.
import { Fault } from '../../../core/fault.ts';
import { second, type Instant } from '../../../core/time.ts';
import { fields, list, text } from '../../../lib/fields.ts';
import { addressesOf } from '../host.ts';
import type { Budget } from './budget.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
}

export interface Context {
  readonly host: string;
  readonly foundIn: string;
  /** What was asked for, such as `acme/app`. */
  readonly of: string;
  /** The right that the request needs, such as `checks: read`. */
  readonly right: string | null;
  readonly budget: Budget;
  readonly now: Instant;
}

const docs = 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens';

export function faultOf(answer: Answer, context: Context): Fault {
  const { status } = answer;
  if (status === 401) return unaccepted(answer, context);
  const limit = limitOf(answer, context);
  if (limit !== null) return limit;
  if (status === 403) return unallowed(answer, context);
  if (status === 404 || status === 410 || status === 451) return gone(answer, context);
  if (status >= 500 || status < 400) return away({ ...context, what: `answered with an error (${status}${said(answer)})`, status });
  return new Fault({
    code: 'forge-refused',
    message: `${context.host} refuses what was asked of ${context.of} (${status}${said(answer)})`,
    hint: 'fix what the message names; the forge does not accept the same request unchanged',
    data: { host: context.host, status },
  });
}

/** No answer, or one that says that the service fails. `unclear`: a write may have been carried out nevertheless. */
export function away(given: { readonly host: string; readonly what: string; readonly status?: number; readonly unclear?: boolean }): Fault {
  const { host, what, status = null, unclear = false } = given;
  return new Fault({
    code: 'forge-away',
    message: `${host} ${what}`,
    hint: 'try again later; a supervisor that runs does so by itself',
    data: { host, status, unclear },
  });
}

export function redirected({ host, to }: { readonly host: string; readonly to: string }): Fault {
  return new Fault({
    code: 'forge-refused',
    message: `${host} redirects to ${to}, and the token is not for that host`,
    hint: 'if the service has moved, give the remote its new address: git remote set-url',
    data: { host },
  });
}

export function unusable({ host, what }: { readonly host: string; readonly what: string }): Fault {
  return away({ host, what });
}

/** The message of the host, short. */
export function messageOf(data: unknown): string {
  const body = fields(data);
  const more = list(body?.['errors']).map((one) => text(fields(one)?.['message']) ?? text(one) ?? text(fields(one)?.['code']));
  const parts = [text(body?.['message']) ?? text(data), ...more].filter((one) => one !== null && one !== '');
  return parts.join('; ').replaceAll(/\s+/g, ' ').slice(0, 300);
}

function said({ data }: Answer): string {
  const message = messageOf(data);
  // A page of HTML says nothing to people.
  return message === '' || message.startsWith('<') ? '' : `: ${message}`;
}

function unaccepted(answer: Answer, { host, foundIn }: Context): Fault {
  return new Fault({
    code: 'forge-refused',
    message: `${host} does not accept the token from ${foundIn} (401${said(answer)}): it has expired, was revoked, or is for another host`,
    hint: foundIn.startsWith('gh ')
      ? `gh auth login --hostname ${host}`
      : `make a new one at ${tokensPage(host)}, and put it into ${foundIn}`,
    data: { host, status: 401 },
  });
}

/** The primary limit, a secondary one, or GitHub's word for too many requests. */
function limitOf(answer: Answer, { budget, now }: Context): Fault | null {
  const { status, headers, data } = answer;
  if (status !== 403 && status !== 429) return null;
  const after = Number(headers['retry-after'] ?? NaN);
  const isEmpty = headers['x-ratelimit-remaining'] === '0';
  const isNamed = /rate limit|abuse detection/i.test(messageOf(data));
  if (status === 403 && !Number.isFinite(after) && !isEmpty && !isNamed) return null;
  const reset = Number(headers['x-ratelimit-reset'] ?? NaN) * second;
  const until = Number.isFinite(after) ? now + after * second : isEmpty && Number.isFinite(reset) ? reset : null;
  return budget.close({ until, why: messageOf(data) === '' ? 'too many requests' : messageOf(data) });
}

function unallowed(answer: Answer, context: Context): Fault {
  const { host, foundIn, of } = context;
  const { headers } = answer;
  const link = /url=(\S+)/.exec(headers['x-github-sso'] ?? '')?.[1];
  if (link !== undefined)
    return new Fault({
      code: 'forge-refused',
      message: `the organisation of ${of} demands single sign-on, and the token from ${foundIn} is not authorised for it`,
      hint: link.startsWith(`${addressesOf(host).web}/`) ? `open ${link}` : `authorise the token at ${tokensPage(host)}`,
      data: { host, status: 403, lacking: 'single sign-on' },
    });
  const right = rightOf(headers['x-accepted-github-permissions']) ?? context.right;
  const lacking = right === null ? '' : `: it lacks the right "${right}"`;
  return new Fault({
    code: 'forge-refused',
    message: `the token from ${foundIn} may not do this in ${of}${lacking} (403${said(answer)})`,
    hint: `give it the right at ${tokensPage(host)} (${docs}), or use the token of somebody who may`,
    data: { host, status: 403, lacking: right },
  });
}

/** `pull_requests=write; contents=read` → `pull requests: write`: the first of the alternatives. */
function rightOf(accepted: string | undefined): string | null {
  const first = accepted?.split(';')[0]?.trim();
  if (first === undefined || first === '') return null;
  return first
    .split(',')
    .map((one) => one.trim().replace('=', ': ').replaceAll('_', ' '))
    .join(', ');
}

function gone(answer: Answer, { host, of, foundIn }: Context): Fault {
  return new Fault({
    code: 'forge-gone',
    message: `${host} has no ${of}, or does not show it to the token from ${foundIn} (${answer.status}${said(answer)})`,
    hint: `see whether you can open ${addressesOf(host).web}/${of}; if you can, let the token see the repository: ${tokensPage(host)}`,
    data: { host, status: answer.status },
  });
}

/** Where people make tokens. */
export function tokensPage(host: string): string {
  return `${addressesOf(host).web}/settings/tokens`;
}
