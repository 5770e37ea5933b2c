import { expect, test } from 'vitest';
import { pullChoice, type PullChoices } from './pull-choice.ts';

const app = { host: 'github.com', owner: 'Acme', name: 'app' };

test.each<readonly [string, PullChoices['open'], PullChoices['repositories'], ReturnType<typeof pullChoice>]>([
  ['nothing was answered', 'ask', {}, 'ask'],
  ['the answer was about another repository', 'ask', { 'github.com/acme/other': 'always' }, 'ask'],
  ['the answer was about this one', 'ask', { 'github.com/acme/App': 'always' }, 'always'],
  ['the answer was no', 'ask', { 'github.com/acme/app': 'never' }, 'never'],
  ['the configuration says it for all of them', 'never', { 'github.com/acme/app': 'always' }, 'never'],
])('%s', (_, open, repositories, expected) => expect(pullChoice({ open, repositories }, app)).toBe(expected));
