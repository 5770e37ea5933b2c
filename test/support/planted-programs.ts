// A program that a hostile worker plants wherever git could be made to run it. Each run leaves a record of its caller, and
// a process that sleeps for an odd time. A worker may run it itself before its end; any other run is ours and an error,
// because files that a worker wrote are only data.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitFolders } from './git-folders.ts';

/** Set in the supervisor's environment by the story; no worker ever gets it. */
export const plantedSecret = { SECRET_OF_SUPERVISOR: 'do-not-tell' } as const;

export interface Trap {
  /** Shell words that spring the trap. Words that follow are run afterwards, as git expects. */
  readonly program: string;
  /** The first and last command of a worker: runs in between that carry its marker are its own. */
  begun(task: string): string;
  over(task: string): string;
  /** Descriptions of the runs that were not a worker's own; it should be empty. */
  foreign(): string[];
  /** The names under which anybody ran it: an attack that springs nothing proves nothing. */
  sprung(): string[];
}

const script = (given: { folder: string; seconds: number }): string => `#!/bin/sh
# trap.sh TASK NAME [command…]
PATH=/usr/local/bin:/usr/bin:/bin
task=$1 name=$2; shift 2
record=$(mktemp -u "${given.folder}/runs/$task.XXXXXXXX")
when=before
[ -e "${given.folder}/over-$task" ] && when=after
# In one write and without another process: whoever is killed here with the worker leaves nothing that is half true.
printf '%s\\n' "$name" "$when" "\${YARDMASTER_ATTEMPT-unmarked}" "\${SECRET_OF_SUPERVISOR+told}" >"$record"
{
  at=$PPID
  while [ "$at" -gt 1 ]; do
    tr '\\0' ' ' <"/proc/$at/cmdline" | cut -c1-400
    echo
    at=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$at/status")
  done
} >>"$record" 2>/dev/null
setsid sleep ${given.seconds} </dev/null >/dev/null 2>&1 &
[ $# -gt 0 ] && exec "$@"
exit 0
`;

export function setTrap(given: { readonly root: string; readonly seconds: number }): Trap {
  const folder = join(given.root, 'trap');
  const runs = join(folder, 'runs');
  mkdirSync(runs, { recursive: true });
  const program = join(folder, 'trap.sh');
  writeFileSync(program, script({ folder, seconds: given.seconds }), { mode: 0o755 });
  const read = (): { task: string; lines: string[] }[] =>
    readdirSync(runs).map((file) => ({ task: file.replace(/\.\w+$/, ''), lines: readFileSync(join(runs, file), 'utf8').split('\n') }));
  return {
    program,
    begun: (task) => `rm -f ${join(folder, `over-${task}`)}`,
    over: (task) => `touch ${join(folder, `over-${task}`)}`,
    foreign: () => {
      const all = read().flatMap(({ task, lines: [name, when, marker, secrets, ...chain] }) => {
        const faults = [
          ...(when === 'before' ? [] : ['after the worker’s end']),
          ...(marker === 'unmarked' ? ['unmarked'] : []),
          ...(secrets === '' ? [] : ['with the supervisor’s secrets']),
        ];
        const by = chain.find((one) => one.trim() !== '' && !one.startsWith('/bin/sh ') && !one.startsWith('sh '))?.trim();
        return faults.length === 0 ? [] : [`${task} ${name}: ${faults.join(', ')}, by ${by?.replaceAll(/ -c \S+/g, '') ?? 'somebody'}`];
      });
      return [...new Set(all)].toSorted();
    },
    sprung: () => [...new Set(read().map(({ task, lines: [name] }) => `${task} ${name}`))].toSorted(),
  };
}

/** All hooks that git may run by itself in a repository (githooks(5) of 2.47). */
const hookNames = [
  'applypatch-msg', 'pre-applypatch', 'post-applypatch', 'pre-commit', 'pre-merge-commit', 'prepare-commit-msg', 'commit-msg',
  'post-commit', 'pre-rebase', 'post-checkout', 'post-merge', 'pre-push', 'pre-receive', 'update', 'proc-receive', 'post-receive',
  'post-update', 'reference-transaction', 'push-to-checkout', 'pre-auto-gc', 'post-rewrite', 'sendemail-validate', 'fsmonitor-watchman',
  'post-index-change',
] as const; // prettier-ignore

/** Shell words that write a trap for each hook into a folder, which may begin with one of `gitFolders`. */
export function plantHooks(given: { readonly trap: Trap; readonly task: string; readonly into: string }): string {
  const { trap, task, into } = given;
  return [
    gitFolders,
    `into="${into}"; mkdir -p "$into"`,
    `for name in ${hookNames.join(' ')}; do printf '#!/bin/sh\\nexec ${trap.program} ${task} hook-%s\\n' "$name" >"$into/$name"; chmod +x "$into/$name"; done`,
  ].join('\n');
}

/** The settings with which git runs a program, and the words that the trap then has to run so that git continues. */
const settings: readonly (readonly [key: string, then: string])[] = [
  ['filter.evil.clean', ' cat'],
  ['filter.evil.smudge', ' cat'],
  ['diff.evil.textconv', ' cat'],
  ['diff.external', ''],
  ['merge.evil.driver', ''],
  ['core.fsmonitor', ''],
  ['core.sshCommand', ''],
  ['core.alternateRefsCommand', ''],
  ['core.askPass', ''],
  ['core.pager', ' cat'],
  ['core.editor', ''],
  ['sequence.editor', ''],
  ['credential.helper', ''],
  ['gpg.program', ''],
  ['gpg.ssh.program', ''],
  ['remote.origin.uploadpack', ' git-upload-pack'],
  ['remote.origin.receivepack', ' git-receive-pack'],
];

/** Shell words that set each of these settings to a trap, with the given `git … config`. */
export function plantSettings(given: { readonly trap: Trap; readonly task: string; readonly config: string }): string {
  const { trap, task, config } = given;
  // A helper is the name of a program unless it begins with an exclamation mark.
  const words = ([key, then]: (typeof settings)[number]): string =>
    `${config} ${key} '${key === 'credential.helper' ? '!' : ''}${trap.program} ${task} ${key}${then}'`;
  return settings.map(words).join('\n');
}
