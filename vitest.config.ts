// Four lanes. `unit`: rules, contracts, adapters. `ground`: each rule of the toolchain seen to fail on a planted violation.
// `stories`: the whole program with real agents; they start many processes each, so they come last, five files at a time: each also waits, for limits to pass and for workers.
// `full`: files named `*.full.test.ts`, wherever they stand. They hold the long matrices, which `npm test` leaves out and
// `npm run test:full` runs.
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const stories = 'test/stories/**/*.test.ts';
const ground = 'test/ground/**/*.test.ts';
const full = '{src,test}/**/*.full.test.ts';
const exclude = [...configDefaults.exclude, full];

// A test that asserts nothing cannot fail. What is polled comes in its time, however busy the machine is: the bound of a second by
// default would say something about speed. This one is that of the test itself, and tells what was waited for.
const expect = { requireAssertions: true, poll: { timeout: 380_000 } };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          expect,
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...exclude, stories, ground],
          // Bounds a hang; says nothing about speed. Generous because contract tests start processes on busy machines.
          testTimeout: 400_000,
          hookTimeout: 400_000,
          // One less than the cores by default, which is half of a small machine; more, because contract tests also wait.
          maxWorkers: 4,
          // One process for many files: to start one for each, and to load the modules there again, took as long as the rules' tests.
          // So a test gives back what it changes of its process: variables, the clock, the mask of new files.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'ground',
          expect,
          include: [ground],
          exclude,
          testTimeout: 400_000,
          hookTimeout: 400_000,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'stories',
          expect,
          include: [stories],
          exclude,
          globalSetup: ['test/support/bundle.ts'],
          testTimeout: 400_000,
          hookTimeout: 400_000,
          // Stories wait for their processes more than they compute: with four, two cores were idle a quarter of the time.
          maxWorkers: 5,
          // As above; what a story changes is in folders and processes of its own.
          isolate: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'full',
          expect,
          include: [full],
          globalSetup: ['test/support/bundle.ts'],
          // Some of these take minutes on a quiet machine.
          testTimeout: 1_200_000,
          hookTimeout: 400_000,
          maxWorkers: 4,
          sequence: { groupOrder: 3 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/core/**/*.ts'],
      exclude: ['**/*.{test,samples}.ts'],
      reporter: [['text', { skipFull: true }]],
      thresholds: { 'src/core/**': { lines: 100, branches: 100, functions: 100, statements: 100 } },
    },
  },
});
