import { expect, test } from 'vitest';
import { providerOf, withoutProvider } from './model-name.ts';

test.each([
  ['anthropic/claude-opus-5-5', 'anthropic', 'claude-opus-5-5'],
  ['amazon-bedrock/eu/x', 'amazon-bedrock', 'eu/x'],
  ['opus', '', 'opus'],
  ['', '', ''],
])('%j is of the provider %j, by the name %j', (model, provider, name) => {
  expect([providerOf(model), withoutProvider(model)]).toEqual([provider, name]);
});
