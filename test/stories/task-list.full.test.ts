// Task lists as people of different habits write them, as the program takes them in.
import { test } from 'vitest';
import { taskLists } from '../support/sample-task-lists.ts';
import { importsWhole } from '../support/import-task-list.ts';

test.each(taskLists.slice(0, -2))('$name: import --assign imports all of it', async (habit) => {
  await importsWhole(habit);
});
