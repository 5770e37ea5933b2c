// Writes the unit by which a service manager keeps a supervisor running: systemd (a user unit) or launchd (an agent). The
// unit contains no secret; keys come from a file that only the person can read.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { network } from '../core/security/environment.ts';

export interface UnitFacts {
  readonly platform: NodeJS.Platform;
  /** The command that starts this same program: Node and our file. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** From the environment, the unit carries only variables that say where things are and how to reach the network. */
const carried = ['PATH', 'YARDMASTER_HOME', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'LANG', ...network];

/** A proxy's address that contains a user name. */
const holdsUser = /^(?:[\w+.-]+:\/\/)?[^/\s]*@/;

export function unitOf(facts: UnitFacts): string {
  const set = carried.flatMap((name) => {
    const value = facts.env[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  const variables = set.filter(([, value]) => !holdsUser.test(value));
  const left = set.filter(([, value]) => holdsUser.test(value)).map(([name]) => name);
  const carries = `This unit carries these variables of your environment: ${variables.map(([name]) => name).join(', ')}.`;
  const without = left.length === 0 ? '' : `${left.join(', ')}, which may hold a password, and `;
  const filled = {
    ...facts,
    variables,
    notes: [carries, `It leaves out ${without}everything else, such as keys and what delivery.env names.`],
  };
  return facts.platform === 'darwin' ? launchd(filled) : systemd(filled);
}

interface Filled extends UnitFacts {
  readonly variables: readonly (readonly [string, string])[];
  /** Says which variables it carries, for the person who reads it. */
  readonly notes: readonly string[];
}

function systemd(facts: Filled): string {
  const command = facts.command.map(quoted).join(' ');
  const config = facts.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return `# ${join(config, 'systemd/user/yardmaster.service')}
# systemctl --user daemon-reload && systemctl --user enable --now yardmaster
# loginctl enable-linger lets it run while you are logged out.
${facts.notes.map((note) => `# ${note}`).join('\n')}
[Unit]
Description=Yardmaster supervisor
After=network-online.target

[Service]
Type=exec
ExecStart=${command} up --foreground
ExecStop=${command} down --now
# Workers outlive a supervisor that crashed, and the next one takes them over: systemd must not end them.
KillMode=process
Restart=on-failure
RestartSec=5
TimeoutStopSec=120
${facts.variables.map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`).join('\n')}
# Keys and all else that the supervisor needs, NAME=value in each line; make it with mode 0600.
EnvironmentFile=-${join(config, 'yardmaster/environment')}

[Install]
WantedBy=default.target
`;
}

/** Quotes a word. Inside double quotes, a backslash, a quote, a dollar sign and a percent sign have special meanings. */
function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$').replaceAll('%', '%%');
  return /^[\w@./:=+-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

function launchd(facts: Filled): string {
  const text = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const list = (values: readonly string[]): string => values.map((value) => `    <string>${text(value)}</string>`).join('\n');
  const pairs = facts.variables.map(([name, value]) => `    <key>${name}</key>\n    <string>${text(value)}</string>`).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ~/Library/LaunchAgents/org.yardmaster.supervisor.plist
     launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/org.yardmaster.supervisor.plist
${facts.notes.map((note) => `     ${note}`).join('\n')} -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>org.yardmaster.supervisor</string>
  <key>ProgramArguments</key>
  <array>
${list([...facts.command, 'up', '--foreground'])}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${pairs}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <!-- Workers outlive a supervisor that crashed, and the next one takes them over. -->
  <key>AbandonProcessGroup</key>
  <true/>
  <key>ExitTimeOut</key>
  <integer>120</integer>
</dict>
</plist>
`;
}
