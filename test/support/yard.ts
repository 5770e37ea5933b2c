// A story's stage within a test: it ends with the test, and is kept for inspection if the test failed.
import { inject, onTestFinished } from 'vitest';
import { buildStage, type Yard, type YardOptions } from './stage.ts';

export { ended, strays, type Ran, type Told, type Yard, type YardOptions } from './stage.ts';

/** `program`: another program than that of this checkout. */
export async function openYard(options: YardOptions & { readonly program?: string }): Promise<Yard> {
  const stage = await buildStage({ program: inject('program'), ...options });
  onTestFinished(async ({ task }) => {
    const keep = task.result?.state === 'fail';
    await stage.close({ keep });
    if (keep) console.error(`kept for inspection: ${stage.root}`);
  });
  return stage;
}
