// `down`: asks the long-lived supervisors of this home to end, and waits until they have. What they were asked stands in
// the database, so it reaches one that is busy, and nobody is signalled.
import { Fault } from '../../core/fault.ts';
import { second } from '../../core/time.ts';
import { ring } from '../../lib/bell.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { homeOf, openHost, openStore, openStoreAsItIs } from '../compose.ts';
import { printJson, refuse, type CliContext } from '../context.ts';
import { standing } from './up.ts';

/** One that does not even read what it was asked within this time is not at work. */
const patience = 30 * second;

export interface DownFlags {
  json?: boolean;
  now?: boolean;
}

export async function down(this: CliContext, flags: DownFlags): Promise<void> {
  const store = await openStore(this).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'older-version-at-work') return openStoreAsItIs(this);
    throw error;
  });
  const controller = new AbortController();
  const interrupt = this.onInterrupt(() => controller.abort());
  try {
    const [clock, host] = [systemClock, await openHost()];
    const asked = await standing({ store, host });
    if (asked.length === 0) return refuse(this, 'no supervisor is up');
    const wish = flags.now === true ? 'stop' : 'drain';
    for (const { holder } of asked) await store.askSupervisor({ holder, wish });
    await ring(homeOf(this).bell);
    const since = clock.lease().ms;
    let told = false;
    for (;;) {
      const left = asked.filter(({ holder }) => !host.isGone(holder));
      if (left.length === 0) break;
      if (controller.signal.aborted) return refuse(this, 'they go on ending by themselves');
      const working = (await store.openAttempts()).length;
      const late = clock.lease().ms - since > patience;
      if (late && (wish === 'stop' || working === 0)) throw stuck(left.map(({ pid }) => pid));
      if (!told && working > 0 && wish === 'drain')
        this.err.write(`${working} at work, nothing new is started; \`yardmaster down --now\` stops them\n`);
      told = true;
      await clock.sleep(100, controller.signal);
    }
    if (flags.json === true) return printJson(this, { ended: asked.map(({ pid }) => pid) });
    this.out.write(`${asked.length === 1 ? 'the supervisor is' : `${asked.length} supervisors are`} down\n`);
  } finally {
    interrupt.stop();
    await store.end();
  }
}

function stuck(pids: readonly number[]): Fault {
  return new Fault({
    code: 'not-down',
    message: `the supervisor with pid ${pids.join(', ')} does not end`,
    hint: `it may be stopped or hang: look at it (ps -p ${pids.join(',')}); \`kill -9 ${pids.join(' ')}\` loses nothing, the next one goes on where it was`,
  });
}
