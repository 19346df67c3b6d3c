'use strict';

/** Who listens to what: one Redis connection for all clients, subscribed to a channel as long as anybody wants it. */
exports.Subscriptions = class Subscriptions {
  #client;
  #listeners = new Map();

  constructor(client) {
    this.#client = client;
  }

  /** Calls `listener({ event, payload })` for each message. Returns a function that ends it. */
  async add(channel, listener) {
    let listeners = this.#listeners.get(channel);
    if (!listeners) {
      listeners = new Set();
      this.#listeners.set(channel, listeners);
    }
    listeners.add(listener);
    if (listeners.size === 1)
      await this.#client.subscribe(channel, (message) => this.#deliver(channel, message));
    return () => this.#remove(channel, listener);
  }

  /** Listeners by channel. */
  counts() {
    return [...this.#listeners].map(([channel, listeners]) => [channel, listeners.size]);
  }

  #deliver(channel, message) {
    const { event, payload } = JSON.parse(message);
    for (const listener of this.#listeners.get(channel) ?? []) listener({ event, payload });
  }

  #remove(channel, listener) {
    const listeners = this.#listeners.get(channel);
    if (!listeners?.delete(listener) || listeners.size > 0) return;
    this.#listeners.delete(channel);
    this.#client.unsubscribe(channel).catch((error) => console.error(`Redis: ${error.message}`));
  }
};
