// `down`: asks the long-lived supervisors of this home to end, and waits until they have. The request is stored in the
// database, so it reaches a busy supervisor as well, and no process is signalled.
import { Fault } from '../../core/fault.ts';
import { second } from '../../core/time.ts';
import { ring } from '../../lib/bell.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { homeOf, openHost, openStore, openStoreAsItIs } from '../compose.ts';
import { printJson, refuse, type CliContext } from '../context.ts';
import { standing } from './up.ts';

/** A supervisor that does not even read the request within this time is not working. */
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
    if (asked.length === 0) return refuse(this, 'no supervisor is running');
    const wish = flags.now === true ? 'stop' : 'drain';
    for (const { holder } of asked) await store.askSupervisor({ holder, wish });
    await ring(homeOf(this).bell);
    const since = clock.lease().ms;
    let told = false;
    for (;;) {
      const left = asked.filter(({ holder }) => !host.isGone(holder));
      if (left.length === 0) break;
      if (controller.signal.aborted) return refuse(this, 'the supervisors still end by themselves');
      const working = (await store.openAttempts()).length;
      const late = clock.lease().ms - since > patience;
      if (late && (wish === 'stop' || working === 0)) throw stuck(left.map(({ pid }) => pid));
      if (!told && working > 0 && wish === 'drain')
        this.err.write(
          `${working} ${working === 1 ? 'worker is' : 'workers are'} still running, and nothing new is started; to stop them: yardmaster down --now\n`,
        );
      told = true;
      await clock.sleep(100, controller.signal);
    }
    if (flags.json === true) return printJson(this, { ended: asked.map(({ pid }) => pid) });
    this.out.write(`${asked.length === 1 ? 'the supervisor has' : `${asked.length} supervisors have`} ended\n`);
  } finally {
    interrupt.stop();
    await store.end();
  }
}

function stuck(pids: readonly number[]): Fault {
  return new Fault({
    code: 'not-down',
    message: `the supervisor with pid ${pids.join(', ')} does not end`,
    hint: `it may be stopped or hang; look at it with ps -p ${pids.join(',')}. Nothing is lost by kill -9 ${pids.join(' ')}: the next supervisor goes on where it was`,
  });
}
