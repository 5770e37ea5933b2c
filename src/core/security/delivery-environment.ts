// What the commands of a delivery get of the supervisor's environment. Set-up runs before any worker has touched the
// checkout, so it gets what a person named for it. Checks run what a worker wrote: they are signed in nowhere, and get a
// secret only where a person named it for them as well.
import { baseEnvironment, pick, signedOut, type Env } from './environment.ts';

interface Named {
  /** For set-up, and for checks: names of variables. */
  readonly env: readonly string[];
  readonly checkEnv: readonly string[];
}

export function setUpEnvironment(given: { readonly env: Env; readonly delivery: Named }): Record<string, string> {
  return { ...baseEnvironment(given.env), ...pick(given.env, given.delivery.env) };
}

/** `folder`: what the check may write into; `own`: what we tell it. */
export function checkEnvironment(given: {
  readonly env: Env;
  readonly delivery: Named;
  readonly folder: string;
  readonly own: Readonly<Record<string, string>>;
}): Record<string, string> {
  const { env, delivery, folder, own } = given;
  return { ...baseEnvironment(env), ...signedOut({ folder, named: { ...pick(env, delivery.checkEnv), ...own } }) };
}

/** Names of what set-up is to be given and is not there. */
export function missingForSetUp({ env, delivery }: { readonly env: Env; readonly delivery: Named }): readonly string[] {
  return missing(env, delivery.env);
}

export function deliveryEnvironmentNotes(given: {
  readonly env: Env;
  readonly delivery: Named;
}): readonly { readonly message: string; readonly hint: string }[] {
  const { env, delivery } = given;
  const absent = [
    missingText({ key: 'env', names: missingForSetUp(given) }),
    missingText({ key: 'checkEnv', names: missing(env, delivery.checkEnv) }),
  ];
  const told = absent.flatMap((message) =>
    message === null ? [] : [{ message, hint: 'export it where the supervisor is started, or take its name out of the configuration' }],
  );
  if (delivery.checkEnv.length === 0) return told;
  return [
    {
      message: `delivery.checkEnv gives ${delivery.checkEnv.join(', ')} to checks, which run what a worker wrote: it can read them and send them elsewhere`,
      hint: 'name only keys that can do no harm; what set-up alone needs belongs into delivery.env',
    },
    ...told,
  ];
}

function missing(env: Env, names: readonly string[]): readonly string[] {
  return names.filter((name) => env[name] === undefined);
}

/** `names`: those that are not there. Null: there are none. */
export function missingText({ key, names }: { readonly key: 'env' | 'checkEnv'; readonly names: readonly string[] }): string | null {
  return names.length === 0 ? null : `delivery.${key} names ${names.join(', ')}, which is not set in the environment`;
}
