// The clouds through which Claude Code uses Anthropic's models, each switched on by a variable of its own. Measured with
// 2.1.330 against loopback (docs/accounts.md). If several are switched on, the first in this list is used.
import { providerCredentials } from '../../core/security/environment.ts';

export interface Cloud {
  readonly provider: string;
  readonly account: string;
  readonly on: string;
  readonly secrets: readonly string[];
  /** The variables that say where its requests are sent. */
  readonly addresses: readonly string[];
  /** Variables that belong to them and contain no secret. */
  readonly beside: readonly string[];
  /** The variable for a secret without a name; null if it accepts none. */
  readonly unnamed: string | null;
}

/** The person's names for the models of their cloud, which Claude Code itself uses for subagents. */
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

/** A switch is off if it is empty or has a value that means off. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(?:|0|false|no|off)$/i.test(value.trim());
}

/** All variables of a cloud that contain no secret. */
export function companions(cloud: Cloud): readonly string[] {
  return [cloud.on, ...cloud.addresses, ...cloud.beside, ...models];
}

const [apiKey = ''] = providerCredentials('anthropic');
export const token = 'ANTHROPIC_AUTH_TOKEN';
export const address = 'ANTHROPIC_BASE_URL';

/** The part of the person's own settings that says who pays Anthropic directly, and at which address. */
export const atAnthropic = { secrets: [apiKey, token], beside: [address] } as const;

/**
 * The variables that decide who pays and where requests go. If settings of the person or of the repository set one of them,
 * they take precedence over the environment. The last ones switch on further ways to the models, which are not used here.
 */
export const deciding: readonly string[] = [
  ...atAnthropic.secrets,
  'CLAUDE_CODE_OAUTH_TOKEN',
  address,
  ...clouds.flatMap(({ on, addresses }) => [on, ...addresses]),
  ...['CLAUDE_CODE_USE_MANTLE', 'CLAUDE_CODE_USE_GATEWAY', 'CLAUDE_CODE_USE_ANTHROPIC_AWS', 'CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD'],
];
