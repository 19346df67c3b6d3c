# frozen_string_literal: true

# Run by mastodon-rails.service in Mastodon's own environment: Rails, started once. Each connection gets a process of its own, forked
# from this one, as Puma forks its workers. The client is greeted with what this server was started from, and only then sends a script and
# its arguments, as a line of JSON, and with it its own standard streams. It is answered with the exit status.
require 'json'
require 'socket'

# The one descriptor that systemd passes (sd_listen_fds(3)). Root alone may connect.
LISTENING = 3
IDLE_SECONDS = Integer(ENV.fetch('RAILS_SERVER_IDLE'))
GREETING = ENV.fetch('RAILS_SERVER_OF')
REQUEST_BYTES = 1 << 16
# Beside its streams a client sends the lock that it holds: so no other process gets that before the script has ended, too.
HELD = []

# The client's script, in the forked process. Mastodon connects to its database and to Redis again after a fork.
def carry_out(client)
  client.puts GREETING
  line, _, _, *controls = client.recvmsg(REQUEST_BYTES, 0, 4096, scm_rights: true)
  return if line.to_s.empty? # this server is of no use to it

  HELD.concat(controls.flat_map(&:unix_rights))
  HELD.zip([$stdin, $stdout, $stderr], %w(r w w)) { |given, stream, mode| stream&.reopen(IO.for_fd(given.fileno, mode, autoclose: false)) }
  script, *arguments = JSON.parse(line)
  ARGV.replace(arguments)
  # Who is gone wants nothing more: what is not committed is rolled back.
  Thread.new { client.wait_readable && Process.kill(:TERM, Process.pid) }
  load script
end

def serve(client, server)
  process = fork do
    server.close
    carry_out(client)
  end
  Thread.new do
    _, status = Process.wait2(process)
    client.puts(status.exitstatus || (128 + status.termsig))
  rescue Errno::EPIPE
    nil
  ensure
    client.close
  end
end

# Nothing of the database is held between requests: a restore may take it away.
ActiveRecord::Base.connection_handler.clear_all_connections!(:all)
server = UNIXServer.for_fd(LISTENING)
clients = []
loop do
  connected = server.wait_readable(IDLE_SECONDS)
  clients.select!(&:alive?)
  break if connected.nil? && clients.empty?

  clients << serve(server.accept, server) if connected
end
