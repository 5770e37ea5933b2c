// Task lists as people of different habits write them, as the program takes them in.
import { test } from 'vitest';
import { habits } from '../support/habits.ts';
import { takenIn } from '../support/taken-in.ts';

test.each(habits.slice(0, -2))('$name: import --assign takes in all of it', async (habit) => {
  await takenIn(habit);
});
