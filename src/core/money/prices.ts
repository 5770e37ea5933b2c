// Prices of tokens, for costs that the agent did not report: of a worker that was ended before its closing statement, and
// of models that the agent's own list has no price for. The figures are as of 2026-11-23, and each has a source:
// - the built-in model list of OpenCode 1.18.33, as `opencode models PROVIDER --verbose` prints it offline;
// - what Claude Code 2.1.330 charges for 100,000 tokens of one kind, answered by the scripted model server. It agrees
// with the list on all eight models that both know; only Claude Code knows claude-sonnet-5-5 and claude-haiku-5-5.
// Surcharges for long prompts are left out: they apply to single requests, and an attempt is a sum of requests.
import type { Tokens } from '../transcript/transcript.ts';

/** Micro-dollars per million tokens: input, output, read from the cache, written to it. */
export type Price = readonly [input: number, output: number, cacheRead: number, cacheWrite: number];

/** By `provider/model`, without the date that a model's full name may end with. */
export type Prices = Readonly<Record<string, Price>>;

export const prices: Prices = {
  'anthropic/claude-fable-5': [10_000_000, 50_000_000, 1_000_000, 12_500_000],
  'anthropic/claude-fable-5-1': [10_000_000, 50_000_000, 250_000, 12_500_000],
  'anthropic/claude-haiku-4-5': [1_000_000, 5_000_000, 100_000, 1_250_000],
  'anthropic/claude-haiku-5-5': [100_000, 500_000, 10_000, 125_000],
  'anthropic/claude-opus-4-5': [5_000_000, 25_000_000, 500_000, 6_250_000],
  'anthropic/claude-opus-4-6': [5_000_000, 25_000_000, 500_000, 6_250_000],
  'anthropic/claude-opus-4-7': [5_000_000, 25_000_000, 500_000, 6_250_000],
  'anthropic/claude-opus-4-8': [5_000_000, 25_000_000, 500_000, 6_250_000],
  'anthropic/claude-opus-4-8-fast': [10_000_000, 50_000_000, 1_000_000, 12_500_000],
  'anthropic/claude-opus-5': [5_000_000, 25_000_000, 500_000, 6_250_000],
  'anthropic/claude-opus-5-5': [4_000_000, 20_000_000, 200_000, 5_000_000],
  'anthropic/claude-opus-5-5-fast': [8_000_000, 40_000_000, 400_000, 10_000_000],
  'anthropic/claude-opus-5-fast': [10_000_000, 50_000_000, 1_000_000, 12_500_000],
  'anthropic/claude-sonnet-4-5': [3_000_000, 15_000_000, 300_000, 3_750_000],
  'anthropic/claude-sonnet-4-6': [3_000_000, 15_000_000, 300_000, 3_750_000],
  'anthropic/claude-sonnet-5': [2_000_000, 10_000_000, 200_000, 2_500_000],
  'anthropic/claude-sonnet-5-5': [2_000_000, 10_000_000, 100_000, 2_500_000],
  'google/gemini-2.5-flash': [300_000, 2_500_000, 30_000, 0],
  'google/gemini-2.5-flash-lite': [100_000, 400_000, 10_000, 0],
  'google/gemini-2.5-pro': [1_250_000, 10_000_000, 125_000, 0],
  'google/gemini-3-flash-preview': [500_000, 3_000_000, 50_000, 0],
  'google/gemini-3.1-flash-lite': [250_000, 1_500_000, 25_000, 0],
  'google/gemini-3.1-pro-preview': [2_000_000, 12_000_000, 200_000, 0],
  'google/gemini-3.5-flash': [1_500_000, 9_000_000, 150_000, 0],
  'google/gemini-3.5-flash-lite': [300_000, 2_500_000, 30_000, 0],
  'google/gemini-3.6-flash': [750_000, 3_750_000, 75_000, 0],
  'google/gemini-3.7-flash': [750_000, 3_750_000, 75_000, 0],
  'google/gemini-3.8-flash': [750_000, 3_750_000, 75_000, 0],
  'openai/gpt-4.1': [2_000_000, 8_000_000, 500_000, 0],
  'openai/gpt-4.1-mini': [400_000, 1_600_000, 100_000, 0],
  'openai/gpt-4o': [2_500_000, 10_000_000, 1_250_000, 0],
  'openai/gpt-4o-mini': [150_000, 600_000, 75_000, 0],
  'openai/gpt-5': [1_250_000, 10_000_000, 125_000, 0],
  'openai/gpt-5-mini': [250_000, 2_000_000, 25_000, 0],
  'openai/gpt-5-nano': [50_000, 400_000, 5_000, 0],
  'openai/gpt-5-pro': [15_000_000, 120_000_000, 0, 0],
  'openai/gpt-5.1': [1_250_000, 10_000_000, 125_000, 0],
  'openai/gpt-5.2': [1_750_000, 14_000_000, 175_000, 0],
  'openai/gpt-5.2-pro': [21_000_000, 168_000_000, 0, 0],
  'openai/gpt-5.3-codex': [1_750_000, 14_000_000, 175_000, 0],
  'openai/gpt-5.3-codex-spark': [1_750_000, 14_000_000, 175_000, 0],
  'openai/gpt-5.4': [2_500_000, 15_000_000, 250_000, 0],
  'openai/gpt-5.4-fast': [5_000_000, 30_000_000, 500_000, 0],
  'openai/gpt-5.4-mini': [750_000, 4_500_000, 75_000, 0],
  'openai/gpt-5.4-mini-fast': [1_500_000, 9_000_000, 150_000, 0],
  'openai/gpt-5.4-nano': [200_000, 1_250_000, 20_000, 0],
  'openai/gpt-5.4-pro': [30_000_000, 180_000_000, 0, 0],
  'openai/gpt-5.5': [5_000_000, 30_000_000, 500_000, 0],
  'openai/gpt-5.5-fast': [12_500_000, 75_000_000, 1_250_000, 0],
  'openai/gpt-5.5-pro': [30_000_000, 180_000_000, 0, 0],
  'openai/gpt-5.6': [4_000_000, 20_000_000, 400_000, 5_000_000],
  'openai/gpt-5.6-fast': [8_000_000, 40_000_000, 800_000, 10_000_000],
  'openai/gpt-5.6-luna': [200_000, 1_200_000, 20_000, 250_000],
  'openai/gpt-5.6-luna-fast': [400_000, 2_400_000, 40_000, 500_000],
  'openai/gpt-5.6-luna-pro': [200_000, 1_200_000, 20_000, 250_000],
  'openai/gpt-5.6-pro': [4_000_000, 20_000_000, 400_000, 5_000_000],
  'openai/gpt-5.6-sol': [4_000_000, 20_000_000, 400_000, 5_000_000],
  'openai/gpt-5.6-sol-fast': [8_000_000, 40_000_000, 800_000, 10_000_000],
  'openai/gpt-5.6-sol-pro': [4_000_000, 20_000_000, 400_000, 5_000_000],
  'openai/gpt-5.6-terra': [2_000_000, 12_000_000, 200_000, 2_500_000],
  'openai/gpt-5.6-terra-fast': [4_000_000, 24_000_000, 400_000, 5_000_000],
  'openai/gpt-5.6-terra-pro': [2_000_000, 12_000_000, 200_000, 2_500_000],
  'openai/gpt-6-astra': [10_000_000, 50_000_000, 1_000_000, 12_500_000],
  'openai/gpt-6-astra-fast': [20_000_000, 100_000_000, 2_000_000, 25_000_000],
  'openai/gpt-6-astra-pro': [10_000_000, 50_000_000, 1_000_000, 12_500_000],
  'openai/gpt-6-luna': [100_000, 500_000, 10_000, 125_000],
  'openai/gpt-6-luna-fast': [200_000, 1_000_000, 20_000, 250_000],
  'openai/gpt-6-luna-pro': [100_000, 500_000, 10_000, 125_000],
  'openai/gpt-6-sol': [2_000_000, 10_000_000, 200_000, 2_500_000],
  'openai/gpt-6-sol-fast': [4_000_000, 20_000_000, 400_000, 5_000_000],
  'openai/gpt-6-sol-pro': [2_000_000, 10_000_000, 200_000, 2_500_000],
  'openai/o3': [2_000_000, 8_000_000, 500_000, 0],
  'openai/o3-pro': [20_000_000, 80_000_000, 0, 0],
};

/** Micro-dollars; null if the price of this model is not known. */
export function priceOf(given: { readonly prices: Prices; readonly model: string; readonly tokens: Tokens }): number | null {
  const name = undated(given.model);
  const price = Object.hasOwn(given.prices, name) ? given.prices[name] : undefined;
  if (price === undefined) return null;
  const [input, output, cacheRead, cacheWrite] = price;
  const { tokens } = given;
  const sum = tokens.input * input + tokens.output * output + tokens.cacheRead * cacheRead + tokens.cacheWrite * cacheWrite;
  return Math.round(sum / 1e6);
}

/** `anthropic/claude-haiku-4-5-20251001` → `anthropic/claude-haiku-4-5`. */
export function undated(model: string): string {
  return model.replace(/-\d{8}$/, '');
}
