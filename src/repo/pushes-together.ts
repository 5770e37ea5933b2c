// Pushes several branches to one place in one call of git. While a push to a place is under way, further branches wait for
// its end, or at most for a moment, and then go together. Most of a small push's cost is its beginning: a sign-in, the
// processes at both ends, and the list of everything that the remote has. A remote that counts sign-ins also gets fewer. If
// the answer does not say that a branch arrived, the branch is pushed once more by itself, so each branch is refused only
// for its own reasons. A branch that arrived is not pushed again: a server may have merged and deleted it, or somebody may
// have built on it.
import type { Git, GitAnswer, GitCall } from './git.ts';

/**
 * For a push of more than three branches, GitLab calls no webhooks (its setting `push_event_hooks_limit`), and it starts
 * pipelines for four of them at most.
 */
const mostTogether = 3;

export interface Pushing {
  /** The same text for all pushes that may go together: from one repository to the same addresses. */
  readonly place: string;
  readonly refspec: string;
  readonly call: (refspecs: readonly string[]) => GitCall;
  /** Whether git's answer to a push of several branches says that this one arrived; the call itself may have failed. */
  readonly arrived: (answer: GitAnswer) => boolean;
}

/** Returns git's answer to the push. If several branches went together, it has lines about all of them. */
export type PushTogether = (git: Git, asked: Pushing) => Promise<GitAnswer>;

interface Member extends Pushing {
  readonly git: Git;
  readonly resolve: (answer: GitAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** `waitMs`: how long a branch waits for the push that is under way before its own begins beside it. */
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
  // A push that was stopped while it waited is left out, because its signal would end the push of the others at once.
  const going = group.filter(({ git }) => git.signal?.aborted !== true);
  const together = going.length > 1 ? await pushGroup(going).catch(() => null) : null;
  const answerOf = async (one: Member): Promise<GitAnswer> =>
    together !== null && one.arrived(together) ? together : one.git.run(one.call([one.refspec]));
  await Promise.all(group.map((one) => answerOf(one).then(one.resolve, one.reject)));
}

/**
 * The call ends when any of its members is stopped, because that branch must not arrive any more. The others are then
 * pushed again.
 */
async function pushGroup(group: readonly Member[]): Promise<GitAnswer> {
  const signal = AbortSignal.any(group.flatMap((one) => one.git.signal ?? []));
  const { git, call } = group[0] as Member;
  return git.run({ ...call(group.map(({ refspec }) => refspec)), signal });
}
