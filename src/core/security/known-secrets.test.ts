import { expect, test } from 'vitest';
import { isHeldBack, literalSecrets, secretsOfAddress } from './known-secrets.ts';
import { sampleServer } from '../core.samples.ts';

const notify = { command: null, webhook: null, bell: false };
const known = { agents: {}, mcp: {}, notify };

test('those whose names say so, wherever the configuration holds them', () => {
  const claude = {
    ...{ path: 'claude', args: [] },
    env: {
      ...{ MY_TOKEN: 'literal-token', OTHER_TOKEN: '${TOKEN}', MODE: 'production', SSL_KEY: '/etc/ssl/key.pem', TOKEN_URL: 'https://host' },
      ...{ GIT_CONFIG_KEY_0: 'credential.helper', HOME_KEY: '~/.ssh/key' },
    },
    config: { provider: { acme: { options: { apiKey: 'literal-key', timeout: 5, secret: '{env:ACME}', none: null } } } },
  };
  const server = sampleServer({
    env: { PASSWORD: 'literal-$${password}', KEY: 'key-${env:KEY}', BROKEN_KEY: '${', REGION: 'somewhere' },
    headers: { Authorization: 'Bearer literal-bearer', Accept: 'text/html' },
  });
  const settings = { ...known, agents: { claude }, mcp: { docs: server }, notify: { ...notify, webhook: 'env:HOOK' } };
  expect(literalSecrets(settings).map(({ name, value }) => [name, value])).toEqual([
    ['agents.claude.env.MY_TOKEN', 'literal-token'],
    ['agents.claude.env.MY_TOKEN', 'literal-token'],
    ['agents.claude.config.provider.acme.options.apiKey', 'literal-key'],
    ['agents.claude.config.provider.acme.options.apiKey', 'literal-key'],
    ['mcp.docs.env.PASSWORD', 'literal-${password}'],
    ['mcp.docs.env.PASSWORD', 'literal-${password}'],
    ['mcp.docs.env.BROKEN_KEY', '${'],
    ['mcp.docs.env.BROKEN_KEY', '${'],
    ['mcp.docs.headers.Authorization', 'Bearer literal-bearer'],
    ['mcp.docs.headers.Authorization', 'literal-bearer'],
  ]);
  expect(literalSecrets(known)).toEqual([]);
});

test.each([
  ['https://hooks.example.org/services/T0/B0/s3cret-of-16-and-more', 's3cret-of-16-and-more'],
  ['https://hooks.example.org/webhook?key=s3cret-of-16-and-more', 's3cret-of-16-and-more'],
  ['http://localhost:3000/webhook', 'http://localhost:3000/webhook'],
])('an address %s, and its end alone where that is long', (address, end) => {
  const name = 'notify.webhook';
  expect(secretsOfAddress(name, address)).toEqual([address, end].map((value) => ({ name, value })));
  expect(literalSecrets({ ...known, notify: { ...notify, webhook: address } })).toHaveLength(2);
});

test('an address without anything but its host is none', () => {
  expect(secretsOfAddress('notify.webhook', 'https://hooks.example.org')).toEqual([]);
});

test.each([
  ['${API_TOKEN}', 'production', true],
  ['${file:/run/key}', 'production', true],
  ['the secret of work', '/a/path', true],
  ['agents.claude.env.TOKEN', 'production', true],
  ['${DATABASE}', 'postgres://ada:s3cret@db/x', true],
  ['${MY_PAT}', 'ghp_0123456789', true],
  ['${NODE_ENV}', 'production', false],
  ['${AWS_REGION}', 'eu-central-1', false],
  ['${SSH_AUTH_SOCK}', '/tmp/ssh-X1/agent.1', false],
  ['${SERVICE}', 'https://service.example.org', false],
])('%s with the value %s is held back where work contains it: %s', (name, value, held) => {
  expect(isHeldBack({ name, value })).toBe(held);
});
