// GitHub and GitHub Enterprise as a forge. This adapter alone knows them.
import type { Forge } from '../../ports/forge.ts';
import { locate } from './locate.ts';
import type { Budget } from './request/budget.ts';
import { signIn, type GithubWorld } from './sign-in.ts';

export function github(world: GithubWorld): Forge {
  const budgets = new Map<string, Budget>();
  return { name: 'github', locate, signIn: (given) => signIn({ ...given, world, budgets }) };
}
