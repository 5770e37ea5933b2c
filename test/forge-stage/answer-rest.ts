// Sends answers of REST: with their ETags, limits and links, and held against GitHub's description.
import { createHash } from 'node:crypto';
import type { Answer } from './api-call.ts';
import type { Limited, Limits, Resource } from './limits.ts';
import { openApi } from './openapi.ts';
import { Refusal } from './refusal.ts';
import type { Found, Request } from './rest-dispatch.ts';
import type { Token } from './state.ts';

export interface Outgoing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const documentation = 'https://docs.github.com/rest';

export function refusedAnswer(refusal: Refusal): Answer {
  const { status, message, errors, rights, location } = refusal;
  return {
    status,
    body: {
      message,
      ...(errors === null ? {} : { errors }),
      ...(location === null ? {} : { url: location }),
      documentation_url: documentation,
      status: String(status),
    },
    headers: { ...(rights === null ? {} : { 'x-accepted-github-permissions': rights }), ...(location === null ? {} : { location }) },
  };
}

export function limitedAnswer(login: string, limited: Limited): Answer {
  if (limited.limit === 'secondary')
    return {
      ...refusedAnswer(
        new Refusal({ status: 403, message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' }),
      ),
      headers: { 'retry-after': String(limited.seconds) },
    };
  return refusedAnswer(new Refusal({ status: 403, message: `API rate limit exceeded for user ${login}.` }));
}

/** The answer as it is sent; a GET whose client has it already gets 304. */
export function outgoing(
  answer: Answer,
  { method, ifNoneMatch }: { readonly method: string; readonly ifNoneMatch: string | undefined },
): Outgoing {
  if (answer.body === undefined) return { status: answer.status, headers: { ...answer.headers }, text: '' };
  const text = JSON.stringify(answer.body);
  const headers = { 'content-type': 'application/json; charset=utf-8', ...answer.headers };
  if (method !== 'GET' || answer.status !== 200) return { status: answer.status, headers, text };
  const etag = `W/"${createHash('sha256')
    .update(text)
    .update(answer.headers?.['link'] ?? '')
    .digest('hex')}"`;
  const known = (ifNoneMatch ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''));
  const cached = { ...headers, etag, 'cache-control': 'private, max-age=60, s-maxage=60' };
  return known ? { status: 304, headers: cached, text: '' } : { status: 200, headers: cached, text };
}

/** What GitHub says in the headers of every answer. */
export function standardHeaders(given: {
  readonly limits: Limits;
  readonly token: Token | null;
  readonly resource: Resource;
}): Record<string, string> {
  const { limits, token, resource } = given;
  const { limit, used, remaining, reset } = limits.hour(token?.login ?? '', resource);
  return {
    ...{ server: 'github.com', 'x-github-media-type': 'github.v3; format=json', 'x-github-enterprise-version': '3.19.0' },
    ...{ 'x-ratelimit-limit': String(limit), 'x-ratelimit-used': String(used), 'x-ratelimit-remaining': String(remaining) },
    ...{ 'x-ratelimit-reset': String(reset), 'x-ratelimit-resource': resource },
    ...(token?.kind === 'classic' ? { 'x-oauth-scopes': token.scopes.join(', ') } : {}),
  };
}

/** What is wrong with this exchange by GitHub's description; empty where that is not on this machine. */
export function drift(given: { readonly found: Found; readonly request: Request; readonly answer: Answer }): readonly string[] {
  const { found, request, answer } = given;
  const { route } = found;
  const exchange = {
    method: route.method,
    path: route.path,
    query: request.query,
    sent: request.body,
    status: answer.status,
    answered: answer.body,
  };
  return openApi()?.problems(exchange) ?? [];
}
