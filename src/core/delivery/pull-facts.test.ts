import { expect, it } from 'vitest';
import { repositoryName } from './pull-facts.ts';

it('a repository is named by its host, its owner and its name', () => {
  expect(repositoryName({ host: 'forge.test:8443', owner: 'acme', name: 'app' })).toBe('forge.test:8443/acme/app');
});
