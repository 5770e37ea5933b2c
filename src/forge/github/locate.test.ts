import { expect, it } from 'vitest';
import { locate } from './locate.ts';

const here = { host: 'github.com', owner: 'acme', name: 'app' };
const hosts = ['ghe.example.org', '127.0.0.1:4000', 'ghe.example.com:8443', 'GHE.Example.net'];
const at = (host: string) => ({ ...here, host });

it.each([
  ['https://github.com/acme/app.git', here],
  ['https://github.com/acme/app', here],
  ['https://github.com/acme/app/', here],
  ['https://GitHub.com:443/acme/app.git', here],
  ['https://www.github.com/acme/app', here],
  ['https://ada:ghp_secret@github.com/acme/app.git', here],
  ['git@github.com:acme/app.git', here],
  ['github.com:acme/app', here],
  ['org-1234@github.com:/acme/app.git', here],
  ['ssh://git@github.com/acme/app.git', here],
  ['ssh://git@ssh.github.com:443/acme/app.git', here],
  ['git+ssh://git@github.com/acme/app.git', here],
  ['git://github.com/acme/app.git', here],
  ['https://github.com/acme/my.app-2.git', { ...here, name: 'my.app-2' }],
  ['https://octo.ghe.com/acme/app.git', at('octo.ghe.com')],
  ['git@octo.ghe.com:acme/app.git', at('octo.ghe.com')],
  ['https://ghe.example.org/acme/app.git', at('ghe.example.org')],
  ['https://ghe.example.net/acme/app.git', at('ghe.example.net')],
  ['ssh://git@ghe.example.org:2222/acme/app.git', at('ghe.example.org')],
  ['https://ghe.example.com:8443/acme/app.git', at('ghe.example.com:8443')],
  ['git@ghe.example.com:acme/app.git', at('ghe.example.com:8443')],
  ['http://127.0.0.1:4000/acme/app.git', at('127.0.0.1:4000')],
])('%s is a repository', (address, repository) => {
  expect(locate({ address, hosts })).toEqual(repository);
});

it.each([
  'https://gitlab.com/acme/app.git',
  'https://github.com.evil.example/acme/app.git',
  'https://github.com@evil.example/acme/app.git',
  'https://evil.example/github.com/acme/app.git',
  'https://a.b.ghe.com/acme/app.git',
  'https://ghe.com/acme/app.git',
  'https://github.com:8443/acme/app.git',
  'http://github.com/acme/app.git',
  'http://ghe.example.org/acme/app.git',
  'http://127.0.0.1:4001/acme/app.git',
  'https://ghe.example.com/acme/app.git',
  'https://github.com/acme',
  'https://github.com/acme/app/tree/main',
  'https://github.com/acme/..',
  'https://github.com/acme/.git',
  'https://github.com/acme/a%2fb',
  'https://github.com/acme/app?x=1',
  'git@github.com:acme/app/more.git',
  'git@gitlab.com:acme/app.git',
  'ftp://github.com/acme/app',
  'file:///github.com/acme/app',
  '/srv/git/acme/app.git',
  '../app',
  'C:/acme/app',
  'ext::sh -c "github.com:acme/app"',
  '',
])('%s is none', (address) => {
  expect(locate({ address, hosts })).toBeNull();
});
