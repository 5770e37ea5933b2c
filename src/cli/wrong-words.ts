// The messages for arguments that the parser cannot accept: in which command, what is wrong with them, and where the help
// is.
import { formatMessageForArgumentScannerError, type ApplicationText, type ArgumentScannerError } from '@stricli/core';
import { visible } from '../lib/visible.ts';

type Wording = Parameters<typeof formatMessageForArgumentScannerError>[1];

/** `called`: the program and the words by which the command was called. */
export function wrongWords(called: string): Pick<ApplicationText, 'noCommandRegisteredForInput' | 'exceptionWhileParsingArguments'> {
  const told = (message: string): string => visible(`${called}: ${message}\n  → ${called} --help shows how it is used`);
  return {
    noCommandRegisteredForInput: ({ input, corrections }) => told(`there is no command \`${input}\`${meant(corrections)}`),
    exceptionWhileParsingArguments: (error) => told(formatMessageForArgumentScannerError(error as ArgumentScannerError, wording)),
  };
}

const wording: Wording = {
  FlagNotFoundError: ({ input, corrections }) => `there is no flag --${input}${meant(corrections.map((name) => `--${kebab(name)}`))}`,
  AliasNotFoundError: ({ input }) => `there is no flag -${input}`,
  ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, input, exception }) =>
    `${name}: "${input}" cannot be read: ${exception instanceof Error ? exception.message : String(exception)}`,
  EnumValidationError: ({ externalFlagName, input, values }) => `--${externalFlagName}: "${input}" is not one of ${values.join(', ')}`,
  UnsatisfiedFlagError: ({ externalFlagName, nextFlagName }) =>
    `--${externalFlagName} needs a value${nextFlagName === undefined ? '' : ` before --${nextFlagName}`}`,
  UnexpectedFlagError: ({ externalFlagName, previousInput, input }) =>
    `--${externalFlagName} is given twice, as "${previousInput}" and "${input}"`,
  UnexpectedPositionalError: ({ expectedCount: most, input }) =>
    `"${input}" is not expected: the command takes ${most === 0 ? 'only flags' : `${most === 1 ? 'one argument' : `${most} arguments`}; put quotes around one that has spaces in it`}`,
  UnsatisfiedPositionalError: ({ placeholder, limit: [least, given] = [1, 0] }) =>
    least === 1 ? `<${placeholder}> is missing` : `<${placeholder}>: at least ${count(least)} needed, ${count(given)} given`,
};

function meant(corrections: readonly string[]): string {
  return corrections.length === 0 ? '' : `, did you mean ${corrections.join(' or ')}?`;
}

function count(number: number): string {
  return number === 0 ? 'none is' : number === 1 ? '1 is' : `${number} are`;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
