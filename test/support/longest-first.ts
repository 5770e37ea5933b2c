// Begins with the story that takes longest, so that it is not left over at the end with a core idle beside it.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const longest = 'opencode-endings';

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => Number(b.moduleId.includes(longest)) - Number(a.moduleId.includes(longest)));
  }
}
