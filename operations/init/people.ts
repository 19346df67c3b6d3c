import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { confirm, input } from '@inquirer/prompts';
import { type Answers, type Draft, open } from './draft';

type Person = Readonly<Record<'name' | 'email' | 'sshKey', string>>;

const OWN_KEY = join(homedir(), '.ssh', 'id_ed25519.pub');

/** At least two people; the first one owns the server. */
export async function askAdministrators(draft: Draft): Promise<Answers> {
  const people: Person[] = [];
  while (people.length < 2 || (await confirm({ message: 'One more administrator?', default: false }))) {
    people.push(await askPerson(draft, people));
  }
  return { administrators: open(people) };
}

async function askPerson(draft: Draft, others: readonly Person[]): Promise<Person> {
  const ask = (field: keyof Person, message: string, fallback?: string) =>
    input({
      message,
      default: fallback,
      validate: (text) => {
        const person = { [field]: field === 'sshKey' ? keyIn(text) : text };
        const path = `administrators[${String(others.length)}].${field}`;
        return draft.problems([path], { administrators: [...others, person] })[0] ?? true;
      },
    });
  const who = others.length === 0 ? 'The owner' : `Administrator ${String(others.length + 1)}`;
  return {
    name: await ask('name', `${who}: Unix account, such as alice`),
    email: await ask('email', `${who}: e-mail address`),
    sshKey: keyIn(
      await ask(
        'sshKey',
        `${who}: SSH public key, or the file that holds it`,
        others.length === 0 && existsSync(OWN_KEY) ? OWN_KEY : undefined,
      ),
    ),
  };
}

/** The content of a file, if the text names one. */
function keyIn(text: string): string {
  const file = text.trim().replace(/^~(?=\/)/, homedir());
  const isFile = existsSync(file) && statSync(file).isFile();
  return (isFile ? readFileSync(file, 'utf8') : text).trim();
}
