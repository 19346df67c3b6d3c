import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';

import type { ServerCertificate } from './authority';
import { type Endpoint, type Service, startProgram } from './program';

export interface MailOptions {
  /** MailDev's program, for Node.js. */
  catcher: string;
  /** Where machines find the relay. */
  listen: Endpoint;
  tls: ServerCertificate;
  /** Where the catcher takes mail, and shows it: on the loopback, as it asks for no password. */
  inner: Endpoint;
  page: Endpoint;
  /** Keeps the mail over restarts. */
  folder: string;
  logFolder: string;
  log: (line: string) => void;
}

/** The oldest mails are deleted first. */
const MOST_MAILS = 500;
/** How long the catcher may take to accept a mail. */
const PATIENCE_MS = 10_000;

/**
 * Starts a mail relay that delivers nothing: all mail is shown in a web page. The relay takes mail as those of production do, over
 * STARTTLS and after a login; it accepts any login, as it has nothing to protect. MailDev 3.0.0 has no STARTTLS
 * (`hideSTARTTLS` in its @maildev/smtp), so it gets the mail from a relay in front of it.
 */
export async function startMail(options: MailOptions): Promise<Service> {
  const { catcher, listen, tls, inner, page, folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const program = await startProgram({
    name: 'The mail catcher (MailDev)',
    command: process.execPath,
    args: [
      catcher,
      ...['--ip', inner.address, '--smtp', String(inner.port)],
      ...['--web-ip', page.address, '--web', String(page.port)],
      ...['--mail-directory', folder, '--max-emails', String(MOST_MAILS)],
    ],
    cwd: folder,
    logFile: join(options.logFolder, 'mail.log'),
    listensOn: [inner, page],
    log: options.log,
  });
  const relay = relayTo(inner, tls);
  relay.on('error', () => undefined); // a client that goes away
  try {
    await new Promise<void>((resolve, reject) => {
      relay.server.once('error', reject);
      relay.listen(listen.port, listen.address, resolve);
    });
  } catch (error) {
    await program.stop();
    throw error;
  }
  return {
    stop: async () => {
      await new Promise<void>((resolve) => {
        relay.close(resolve);
      });
      await program.stop();
    },
  };
}

function relayTo({ address, port }: Endpoint, { certificate, key }: ServerCertificate): SMTPServer {
  const timeouts = {
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
  };
  const onward = createTransport({ host: address, port, ignoreTLS: true, ...timeouts });
  return new SMTPServer({
    cert: readFileSync(certificate),
    key: readFileSync(key),
    authOptional: false,
    onAuth: ({ username }, _session, done) => {
      done(null, { user: username });
    },
    onData: (stream, { envelope: { mailFrom, rcptTo } }, done) => {
      const envelope = {
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map((recipient) => recipient.address),
      };
      // Read to its end in any case: smtp-server answers only then.
      buffer(stream)
        .then((raw) => onward.sendMail({ envelope, raw }))
        .then(
          () => {
            done();
          },
          (error: unknown) => {
            const reason = error instanceof Error ? error.message : String(error);
            done(new Error(`the mail catcher did not take it: ${reason}`));
          },
        );
    },
  });
}
