import * as pulumi from '@pulumi/pulumi';
import type { JudgedAdopted } from './settings/adopted';
import { judge } from './settings/judge';
import { Adopted, KnownSecrets, Settings } from './settings/types';

export type { Settings } from './settings/types';

/** What a user has to correct in the settings. Pulumi shows the message of such an error without a stack trace. */
export class SettingsError extends pulumi.RunError {}

/**
 * Reads and judges the stack's settings; nothing else of the program reads configuration.
 * @throws SettingsError with every problem at once.
 */
export function readSettings(config: pulumi.Config): Settings {
  const judgement = judge(rawSettings(config.name));
  if ('problems' in judgement) {
    const lines = judgement.problems.map((problem) => `  ${config.name}:${problem}`);
    const count = lines.length === 1 ? 'This setting' : `These ${String(lines.length)} settings`;
    throw new SettingsError(
      `${count} of Pulumi.${pulumi.getStack()}.yaml can't be used:\n${lines.join('\n')}\n` +
        'Nothing was changed. docs/settings.md tells what each setting means; set one with: pulumi config set --path KEY VALUE',
    );
  }
  const { settings } = judgement;
  const { smtp, backup, adopted } = settings;
  const { secondary } = backup;
  return {
    ...settings,
    smtp: { ...smtp, password: pulumi.secret(smtp.password) },
    backup: {
      ...backup,
      secondary: secondary && { ...secondary, secretAccessKey: pulumi.secret(secondary.secretAccessKey) },
    },
    adopted: adopted && asSecret(adopted),
  };
}

function asSecret({ secrets, ...adopted }: JudgedAdopted): Adopted {
  const wrapped = Object.entries(secrets).map(([name, text]) => [name, pulumi.secret(text)] as const);
  // Judged: all that are needed are there.
  return {
    ...adopted,
    secrets: Object.fromEntries(wrapped) as Record<keyof KnownSecrets, pulumi.Output<string>>,
  };
}

/** The configuration of this program as it was written: objects and lists parsed, everything else as text, empty text left out. */
function rawSettings(namespace: string): Record<string, unknown> {
  const prefix = `${namespace}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(
    ([key, text]) => key.startsWith(prefix) && text !== '',
  );
  return Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), parsed(text)]));
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
