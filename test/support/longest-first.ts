// Runs the stories that take longest first, so that none of them remains at the end with a core idle beside it.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const longest = [
  '/supervisor-life.',
  '/accounts.',
  '/task-list.',
  '/faults-repo.',
  '/provider-faults.',
  '/trust.',
  '/ledger.',
  '/agent-configuration.',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = longest.findIndex((name) => moduleId.includes(name));
  return at === -1 ? longest.length : at;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
