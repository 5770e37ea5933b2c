// The variables of the supervisor's environment that the commands of a delivery get. Set-up runs before any worker has
// touched the checkout, so it gets what a person listed for it. Checks run code that a worker wrote, so they are signed in
// nowhere, and get a secret only if a person listed it for checks as well.
import { baseEnvironment, pick, signedOut, type Env } from './environment.ts';

interface Named {
  /** Names of variables for set-up (`env`) and for checks (`checkEnv`). */
  readonly env: readonly string[];
  readonly checkEnv: readonly string[];
}

export function setUpEnvironment(given: { readonly env: Env; readonly delivery: Named }): Record<string, string> {
  return { ...baseEnvironment(given.env), ...pick(given.env, given.delivery.env) };
}

/** `folder`: a folder that the check may write to; `own`: variables of ours. */
export function checkEnvironment(given: {
  readonly env: Env;
  readonly delivery: Named;
  readonly folder: string;
  readonly own: Readonly<Record<string, string>>;
}): Record<string, string> {
  const { env, delivery, folder, own } = given;
  return { ...baseEnvironment(env), ...signedOut({ folder, named: { ...pick(env, delivery.checkEnv), ...own } }) };
}

/** A sentence about listed variables that are not set; null if all are. */
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
    message === null ? [] : [{ message, hint: 'export it where the supervisor is started, or remove its name from the configuration' }],
  );
  if (delivery.checkEnv.length === 0) return told;
  return [
    {
      message: `delivery.checkEnv gives ${delivery.checkEnv.join(', ')} to checks. Checks run code that a worker wrote, which can read these variables and send them elsewhere`,
      hint: 'list only variables that can do no harm; move those that only delivery.setup needs to delivery.env',
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
