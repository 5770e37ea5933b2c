// `events`: shows what happened after a given event, for people and for programs that follow.
import { entryView, feed } from '../../api/feed.ts';
import { openStore } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';

export interface EventsFlags {
  json?: boolean;
  after?: number;
  limit?: number;
}

const page = 100;

export async function events(this: CliContext, flags: EventsFlags): Promise<void> {
  const store = await openStore(this);
  try {
    const { entries, mark } = await feed(store, { after: flags.after ?? null, limit: flags.limit ?? page });
    const views = entries.map(entryView);
    if (flags.json === true) return printJson(this, { mark, events: views });
    if (views.length === 0)
      return this.err.write(flags.after === undefined ? 'nothing has happened yet\n' : 'nothing has happened since then\n');
    const [{ table }, { cut }] = await Promise.all([import('../../lib/table.ts'), import('../cut.ts')]);
    const width = Math.max(40, this.out.columns) - 60;
    const rows = views.map((view) => [
      word(view['mark']),
      word(view['at']),
      word(view['task']),
      word(view['type']),
      cut(this.out, summary(view), width),
    ]);
    this.out.write(table([['MARK', 'AT', 'TASK', 'TYPE', 'DETAILS'], ...rows]));
  } finally {
    await store.end();
  }
}

function summary(view: Readonly<Record<string, unknown>>): string {
  const state = view['to'] === undefined ? [] : [`${word(view['from'])} → ${word(view['to'])}`];
  return [
    ...state,
    ...['stage', 'verdict', 'standing', 'url', 'account', 'code', 'reason', 'message', 'why'].flatMap((name) => word(view[name]) || []),
  ].join('  ');
}

function word(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
