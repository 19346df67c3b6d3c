import { command } from '../command';

export default command({
  name: 'completion',
  summary: 'Prints the completion of commands and options for a shell',
  args: { shell: { meaning: 'your shell', choices: ['bash', 'zsh', 'fish'] } },
  examples: {
    'completion bash': 'in ~/.bashrc: `source <(bin/mastodon completion bash)`',
    'completion zsh': 'in ~/.zshrc, behind compinit: `source <(bin/mastodon completion zsh)`',
    'completion fish': 'in ~/.config/fish/config.fish: `bin/mastodon completion fish | source`',
  },
  run: async ({ args: { shell }, commands }) => {
    process.stdout.write((await import('../completion')).completionOf(shell, commands));
  },
});
