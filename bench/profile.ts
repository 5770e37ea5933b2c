// CPU profiles: records them, and summarizes each on one page: which functions take the time by themselves and with
// everything they call, by the source from which they were bundled.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { SourceMap } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profiler } from 'node:inspector';
import type { Ground } from './ground.ts';

const checkout = join(import.meta.dirname, '..');

export function profileFlags(given: { readonly folder: string | null; readonly name: string }): string[] {
  if (given.folder === null) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${given.folder}`, `--cpu-prof-name=${given.name}.cpuprofile`, '--cpu-prof-interval=500'];
}

/** Profiles the code that runs in this process. */
export async function profiled<T>(ground: Ground, given: { readonly name: string; readonly run: () => Promise<T> }): Promise<T> {
  if (ground.profiles === null) return given.run();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
  const answer = await given.run();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  writeFileSync(join(ground.profiles, `${given.name}.cpuprofile`), JSON.stringify(profile));
  return answer;
}

/**
 * Writes `<name>.md` beside every profile of the folder. The bundles must still exist, because their source maps are read.
 */
export function summarize(folder: string): void {
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.cpuprofile')) continue;
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profiler.Profile;
    writeFileSync(join(folder, file.replace('.cpuprofile', '.md')), summary(file, profile));
  }
}

interface Times {
  self: number;
  total: number;
}

function summary(name: string, profile: Profiler.Profile): string {
  const self = new Map<number, number>();
  profile.samples?.forEach((id, at) => self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas?.[at] ?? 0) / 1000));
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const functions = new Map<string, Times>();
  const walk = (node: Profiler.ProfileNode, above: ReadonlySet<string>): number => {
    const label = labelOf(node.callFrame);
    const own = self.get(node.id) ?? 0;
    const inside = new Set(above).add(label);
    const total = (node.children ?? []).reduce((time, id) => time + walk(nodes.get(id) ?? node, inside), own);
    const times = functions.get(label) ?? { self: 0, total: 0 };
    times.self += own;
    // A function that calls itself is counted once.
    if (!above.has(label)) times.total += total;
    functions.set(label, times);
    return total;
  };
  const [root] = profile.nodes;
  const all = root === undefined ? 0 : walk(root, new Set());
  const idle = functions.get('(idle)')?.self ?? 0;
  const busy = all - idle;
  const top = (by: 'self' | 'total'): string =>
    [...functions]
      .filter(([label]) => label !== '(idle)' && label !== '(root)')
      .toSorted(([, a], [, b]) => b[by] - a[by])
      .slice(0, 40)
      .map(([label, times]) => `| ${((times[by] / busy) * 100).toFixed(1)} % | ${times[by].toFixed(0)} ms | ${label} |`)
      .join('\n');
  const head = `# ${name}\n\n${busy.toFixed(0)} ms busy, ${idle.toFixed(0)} ms idle; shares are of the busy time.\n`;
  const columns = '| share | time | function |\n|---|---|---|\n';
  return `${head}\n## With everything they call\n\n${columns}${top('total')}\n\n## By themselves\n\n${columns}${top('self')}\n`;
}

const maps = new Map<string, SourceMap | null>();

function labelOf(frame: { functionName: string; url: string; lineNumber: number; columnNumber: number }): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  if (!frame.url.startsWith('file:')) return frame.url === '' ? name : `${name} ${frame.url}`;
  const file = fileURLToPath(frame.url);
  const entry = mapOf(file)?.findEntry(frame.lineNumber, frame.columnNumber);
  const mapped = entry !== undefined && 'originalSource' in entry;
  const source = mapped ? entry.originalSource : relative(checkout, file);
  const line = (mapped ? entry.originalLine : frame.lineNumber) + 1;
  return `${name} ${source.replace(/^.*(?=(?:src|node_modules|bench)\/)/, '')}:${line}`;
}

function mapOf(file: string): SourceMap | null {
  const known = maps.get(file);
  if (known !== undefined) return known;
  const map = existsSync(`${file}.map`)
    ? new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')) as ConstructorParameters<typeof SourceMap>[0])
    : null;
  maps.set(file, map);
  return map;
}
