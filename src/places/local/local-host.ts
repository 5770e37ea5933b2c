// This machine as the supervisor's own host.
import { availableParallelism, hostname, totalmem } from 'node:os';
import type { Host } from '../../ports/host.ts';
import { boundedCommand } from './bounded-command.ts';
import { launchFault, layFiles } from './launch.ts';
import { find, machineName } from './machine.ts';
import { endCallsOfTheGone, newCall } from '../../lib/calls.ts';
import { processes } from '../../lib/processes.ts';
import { runShell } from './run-shell.ts';
import { seat } from './seat.ts';
import { localSite } from './site.ts';

const askKeep = 4 * 1024 * 1024;

// Run by the shell, so that a missing command ends with 127 as it does for a worker.
const askScript = 'exec "$@"';

export function localHost(): Host {
  return {
    name: machineName(),
    identity: () => identityOf(process.pid),
    isGone,
    // A container's limits count as the resources of the machine.
    room: () => ({
      cores: availableParallelism(),
      total: Math.min(process.constrainedMemory() || Infinity, totalmem()),
      free: process.availableMemory(),
    }),
    site: async (request) => localSite(request),
    shell: (given) => runShell({ ...given, marker: newCall(), isolate: 'off', protect: [], writable: [] }),
    async ask(spec, options) {
      const { file, args, cwd, stdin } = spec;
      try {
        layFiles(spec.files);
      } catch (error) {
        throw launchFault({ what: `The files of ${file} could not be written`, cwd, error });
      }
      const { why, exit, stdout, stderr } = await boundedCommand({
        ...options,
        marker: newCall(),
        script: askScript,
        args: [file, ...args],
        table: null,
        cwd,
        stdin,
        env: spec.env.set,
        keep: askKeep,
      });
      return { exit, stdout, stderr, timedOut: why === 'timeout' };
    },
    endCallsOfTheGone,
    seat: (spec, started) => seat(spec, (pid) => started(identityOf(pid))),
  };
}

function identityOf(pid: number): string {
  return [machineName(), [processes.bootId(), processes.namespace()].join('@'), pid, processes.look(pid)?.startTime].join('|');
}

function isGone(identity: string): boolean {
  const [host, boot, pid, startTime] = identity.split('|');
  // Older versions stored the bare hostname as the first word.
  if ((host !== machineName() && host !== hostname()) || boot === undefined || startTime === undefined) return false;
  const [bootId = '', namespace = ''] = boot.split('@');
  return find({ pid: Number(pid), startTime, bootId, namespace: namespace === '' ? null : namespace }) === 'gone';
}
