import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isFields } from '../../lib/is-fields';
import { messageOf } from '../../lib/message-of';
import { OperationError } from '../lib/pulumi-cli';
import { type Answers, open, secret } from './draft';

/** Settings out of a YAML file, and the relay's password: that doesn't belong into one. */
export function readAnswers(file?: string, smtpPassword?: string): Answers {
  const answers = file === undefined ? {} : settingsIn(file);
  const word = (answers.smtp as { password?: unknown } | undefined)?.password;
  if (word !== undefined) {
    throw new OperationError(
      `--answers ${file ?? ''} has the password of the mail relay. Take it out, and give it in the environment: SMTP_PASSWORD=…`,
    );
  }
  return {
    ...Object.fromEntries(Object.entries(answers).map(([key, value]) => [key, open(value)])),
    ...(smtpPassword !== undefined && { 'smtp.password': secret(smtpPassword) }),
  };
}

function settingsIn(file: string): Record<string, unknown> {
  let settings: unknown;
  try {
    settings = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new OperationError(`--answers ${file} can't be read: ${messageOf(error)}`);
  }
  if (isFields(settings)) return settings;
  throw new OperationError(
    `--answers ${file}: expected settings, a line each, such as "domain: example.social".`,
  );
}
