import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { confirm } from '@inquirer/prompts';
import { type Answers, type Draft, open } from './draft';
import { ask } from './prompts';

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
  const who = others.length === 0 ? 'The owner' : `Administrator ${String(others.length + 1)}`;
  const field = (name: keyof Person, fallback?: string) =>
    ask(draft, `administrators[${String(others.length)}].${name}`, {
      who,
      fallback,
      settings: (text) => ({
        administrators: [...others, { [name]: name === 'sshKey' ? keyIn(text) : text }],
      }),
    });
  return {
    name: await field('name'),
    email: await field('email'),
    sshKey: keyIn(await field('sshKey', others.length === 0 && existsSync(OWN_KEY) ? OWN_KEY : undefined)),
  };
}

/** The content of a file, if the text names one. */
function keyIn(text: string): string {
  const file = text.trim().replace(/^~(?=\/)/, homedir());
  const isFile = existsSync(file) && statSync(file).isFile();
  return (isFile ? readFileSync(file, 'utf8') : text).trim();
}
