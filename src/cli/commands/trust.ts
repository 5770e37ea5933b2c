// `trust`: puts those keys of a repository's configuration into force that need a person's consent, after showing them and
// asking.
import { resolve } from 'node:path';
import { lookAtTrust, type TrustLook } from '../../config/trust.ts';
import { forgetTrusted } from '../../config/trusted.ts';
import { Fault } from '../../core/fault.ts';
import { ring } from '../../lib/bell.ts';
import { homeOf, isWorker, openStore, refuseNone, repoAt } from '../compose.ts';
import { printJson, refuse, type CliContext } from '../context.ts';
import { askForTrust, trust, trustPatch } from '../trust.ts';

export interface TrustFlags {
  json?: boolean;
  show?: boolean;
  revoke?: boolean;
  yes?: boolean;
  repo?: string;
}

export async function trustHere(this: CliContext, flags: TrustFlags): Promise<void> {
  const at = resolve(this.cwd, flags.repo ?? '.');
  const repo = (await repoAt(at)) ?? (await refuseNone({ dir: at, hint: 'change into a repository, or give one with --repo DIR' }));
  // Repositories that were registered before trust existed are adopted first.
  await (await openStore(this)).end();
  if (flags.revoke === true) await revoke(this, repo);
  const look = await lookAtTrust({ env: this.env, repo });
  if (flags.show === true || flags.revoke === true) return show(this, { repo, look, flags });
  const given = look.keys.length > 0 && (await isGiven(this, { repo, look, flags }));
  if (given) await trust(this, { repo, look });
  if (look.keys.length > 0 && !given) return refuse(this, 'trust was not given');
  // If the change removed keys, nothing in the configuration may need trust any more.
  show(this, { repo, look: given ? await lookAtTrust({ env: this.env, repo }) : look, flags });
}

/** Work that is in progress there is then withheld when it should be delivered. */
async function revoke(context: CliContext, repo: string): Promise<void> {
  refuseWorker(context);
  forgetTrusted({ env: context.env, repo });
  await ring(homeOf(context).bell);
}

function refuseWorker(context: CliContext): void {
  if (!isWorker(context)) return;
  throw new Fault({
    code: 'untrusted',
    message: 'a worker of Yardmaster called this command, and only a person can give trust',
    hint: 'say in your last message what should be trusted',
  });
}

async function isGiven(context: CliContext, given: { repo: string; look: TrustLook; flags: TrustFlags }): Promise<boolean> {
  refuseWorker(context);
  if (given.flags.yes === true) return true;
  const answer = await askForTrust(context, given);
  if (answer !== null) return answer;
  const hint = 'look at it with `yardmaster trust --show`; then add --yes, or run the command on a terminal';
  throw new Fault({ code: 'usage', message: 'there is no terminal on which to ask you', hint });
}

const words: Readonly<Record<TrustLook['state'], string>> = {
  nothing: 'nothing in its configuration needs your trust',
  trusted: 'trusted as it stands',
  never: 'not trusted: the keys that need your trust have no effect',
  changed: 'changed: the settings that you trusted before stay in effect',
};

function show(context: CliContext, given: { repo: string; look: TrustLook; flags: TrustFlags }): void {
  const { repo, look, flags } = given;
  const { state, keys, guarded } = look;
  const patch = keys.length === 0 ? '' : trustPatch({ repo, look });
  if (flags.json === true) return printJson(context, { repo, state, keys, guarded, patch });
  context.out.write(`${repo}: ${words[state]}\n`);
  for (const key of keys.length > 0 ? keys : guarded) context.out.write(`  ${key}\n`);
  context.out.write(patch);
}
