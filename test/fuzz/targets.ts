// The list of all fuzz targets.
import { claude } from '../../src/agents/claude/adapter.ts';
import { opencode } from '../../src/agents/opencode/adapter.ts';
import { agentLines } from './agent-lines.ts';
import { branches } from './branches.ts';
import { config } from './config.ts';
import { names } from './names.ts';
import { screen } from './screen.ts';
import { sources } from './sources.ts';
import { fuzz } from './target.ts';
import { todo } from './todo.ts';

export const targets = [
  fuzz(todo),
  fuzz(config),
  fuzz(sources),
  fuzz(
    agentLines({
      agent: claude,
      isSuccess: (line) => line['type'] === 'result' && line['subtype'] === 'success' && line['is_error'] === false,
    }),
  ),
  fuzz(
    agentLines({
      agent: opencode,
      isSuccess: (line) => line['type'] === 'step_finish' && Reflect.get(Object(line['part']), 'reason') === 'stop',
    }),
  ),
  fuzz(branches),
  fuzz(names),
  fuzz(screen),
];
