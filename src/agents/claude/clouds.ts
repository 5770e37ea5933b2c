// The clouds on which Claude Code uses Anthropic's models, each switched on by a variable of its own. Measured with 2.1.330
// against loopback (docs/accounts.md); where several are on, the first of these is used.
import { providerCredentials } from '../../core/security/environment.ts';

export interface Cloud {
  readonly provider: string;
  readonly account: string;
  readonly on: string;
  readonly secrets: readonly string[];
  /** The variables that say where its requests go. */
  readonly addresses: readonly string[];
  /** What goes with them and holds no secret. */
  readonly beside: readonly string[];
  /** By which variable a secret without a name is taken; null: it takes none. */
  readonly unnamed: string | null;
}

/** What the person calls the models of their cloud: it asks for them by itself, for subagents. */
const models = ['ANTHROPIC_DEFAULT_OPUS_MODEL', 'ANTHROPIC_DEFAULT_SONNET_MODEL', 'ANTHROPIC_DEFAULT_HAIKU_MODEL'];

const aws = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK'];

export const clouds: readonly Cloud[] = [
  {
    provider: 'amazon-bedrock',
    account: 'claude-bedrock',
    on: 'CLAUDE_CODE_USE_BEDROCK',
    secrets: aws,
    addresses: ['ANTHROPIC_BEDROCK_BASE_URL', 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'AWS_ENDPOINT_URL_BEDROCK'],
    beside: [
      'CLAUDE_CODE_SKIP_BEDROCK_AUTH', 'ANTHROPIC_BEDROCK_SERVICE_TIER', 'ANTHROPIC_BEDROCK_REGION_PREFIX',
      'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE',
      'AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME', 'AWS_WEB_IDENTITY_TOKEN_FILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
    ], // prettier-ignore
    unnamed: 'AWS_BEARER_TOKEN_BEDROCK',
  },
  {
    provider: 'microsoft-foundry',
    account: 'claude-foundry',
    on: 'CLAUDE_CODE_USE_FOUNDRY',
    secrets: ['ANTHROPIC_FOUNDRY_API_KEY', 'ANTHROPIC_FOUNDRY_AUTH_TOKEN', 'AZURE_CLIENT_SECRET'],
    addresses: ['ANTHROPIC_FOUNDRY_BASE_URL', 'ANTHROPIC_FOUNDRY_RESOURCE'],
    beside: [
      'CLAUDE_CODE_SKIP_FOUNDRY_AUTH', 'AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE',
      'AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_CONFIG_DIR',
    ], // prettier-ignore
    unnamed: 'ANTHROPIC_FOUNDRY_API_KEY',
  },
  {
    provider: 'google-vertex-anthropic',
    account: 'claude-vertex',
    on: 'CLAUDE_CODE_USE_VERTEX',
    secrets: [],
    addresses: ['ANTHROPIC_VERTEX_BASE_URL'],
    beside: [
      'CLAUDE_CODE_SKIP_VERTEX_AUTH', 'ANTHROPIC_VERTEX_PROJECT_ID', 'CLOUD_ML_REGION', 'GOOGLE_APPLICATION_CREDENTIALS',
      'GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT',
    ], // prettier-ignore
    unnamed: null,
  },
];

export function cloudOf(provider: string): Cloud | null {
  return clouds.find((cloud) => cloud.provider === provider) ?? null;
}

/** A switch is off where it is empty or says so. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(?:|0|false|no|off)$/i.test(value.trim());
}

/** All variables of a cloud that hold no secret. */
export function companions(cloud: Cloud): readonly string[] {
  return [cloud.on, ...cloud.addresses, ...cloud.beside, ...models];
}

const [apiKey = ''] = providerCredentials('anthropic');
export const token = 'ANTHROPIC_AUTH_TOKEN';
export const address = 'ANTHROPIC_BASE_URL';

/** What of the person's own settings says who pays at Anthropic itself, and where that is. */
export const atAnthropic = { secrets: [apiKey, token], beside: [address] } as const;

/**
 * What decides who is paid and where requests go. Settings of the person or of the repository that name one of these would
 * go before the environment. The last are switches of further ways to the models, which are not used here.
 */
export const deciding: readonly string[] = [
  ...atAnthropic.secrets,
  'CLAUDE_CODE_OAUTH_TOKEN',
  address,
  ...clouds.flatMap(({ on, addresses }) => [on, ...addresses]),
  ...['CLAUDE_CODE_USE_MANTLE', 'CLAUDE_CODE_USE_GATEWAY', 'CLAUDE_CODE_USE_ANTHROPIC_AWS', 'CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD'],
];
