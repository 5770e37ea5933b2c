// Branches that are pushed to the same place: those that come while a push is under way there wait for its end, a moment at
// most, and go together in one call. Most of a small push is what it takes to begin one (a sign-in, the processes at both
// ends, the look at all that the remote has), and a remote that counts sign-ins is asked less often. A branch of which the
// answer to several does not say that it arrived is pushed once more by itself: so each is refused for its own reasons only.
// One that arrived is not: a server may have merged and deleted it meanwhile, or somebody may have built on it.
import type { Git, GitAnswer, GitCall } from './git.ts';

/** For a push of more branches a GitLab calls no webhooks and, from five on, begins no pipelines (its `push_event_hooks_limit`). */
const mostTogether = 3;

export interface Pushing {
  /** Whoever pushes to the same place from the same repository with the same settings names the same. */
  readonly place: string;
  readonly refspec: string;
  readonly call: (refspecs: readonly string[]) => GitCall;
  /** Does what git answered to several, even to a call that failed, say of this one that it arrived? */
  readonly arrived: (answer: GitAnswer) => boolean;
}

/** What git answers to a push; the answer to several has lines of all of them. */
export type PushTogether = (git: Git, asked: Pushing) => Promise<GitAnswer>;

interface Member extends Pushing {
  readonly git: Git;
  readonly resolve: (answer: GitAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** `waitMs`: so long a branch waits for a push that is under way, before one more begins beside it. */
export function pushesTogether({ waitMs }: { readonly waitMs: number }): PushTogether {
  const places = new Map<string, Place>();
  return (git, asked) =>
    new Promise((resolve, reject) => {
      const place = places.get(asked.place) ?? openPlace({ waitMs, empty: () => places.delete(asked.place) });
      places.set(asked.place, place);
      place.add({ ...asked, git, resolve, reject });
    });
}

interface Place {
  add(member: Member): void;
}

function openPlace(given: { readonly waitMs: number; readonly empty: () => void }): Place {
  let underWay = 0;
  let waiting: Member[] = [];
  let timer: NodeJS.Timeout | undefined;
  const depart = (): void => {
    clearTimeout(timer);
    const group = waiting;
    waiting = [];
    underWay += 1;
    void pushAll(group).then(() => {
      underWay -= 1;
      if (waiting.length > 0) depart();
      else if (underWay === 0) given.empty();
    });
  };
  return {
    add: (member) => {
      waiting.push(member);
      if (underWay === 0 || waiting.length === mostTogether) depart();
      else if (waiting.length === 1) timer = setTimeout(depart, given.waitMs);
    },
  };
}

/** Never rejects. */
async function pushAll(group: readonly Member[]): Promise<void> {
  // Who was stopped while it waited is told so by its own git, and ends no push of the others.
  const going = group.filter(({ git }) => git.signal?.aborted !== true);
  const together = going.length > 1 ? await pushGroup(going).catch(() => null) : null;
  const answerOf = async (one: Member): Promise<GitAnswer> =>
    together !== null && one.arrived(together) ? together : one.git.run(one.call([one.refspec]));
  await Promise.all(group.map((one) => answerOf(one).then(one.resolve, one.reject)));
}

/** Ended when one of them is to end: what must not arrive any more does not, and the others begin anew. */
async function pushGroup(group: readonly Member[]): Promise<GitAnswer> {
  const signal = AbortSignal.any(group.flatMap((one) => one.git.signal ?? []));
  const { git, call } = group[0] as Member;
  return git.run({ ...call(group.map(({ refspec }) => refspec)), signal });
}
