# frozen_string_literal: true

# Makes the owner's account, as `tootctl accounts create --role Owner --confirmed --approve` does, but in one process and with the
# stack's password from the start. Run again after it was cut short, it goes on. Exit status 3: mail for the address has nowhere to go.
username, email, password = %w(OWNER_USERNAME OWNER_EMAIL OWNER_PASSWORD).map { |name| ENV.fetch(name) }

user = User.find_by(email: email.downcase)
if user.nil?
  user = User.new(
    email:, password:, role: UserRole.find_by!(name: 'Owner'), agreement: true,
    confirmed_at: Time.now.utc, bypass_registration_checks: true
  )
  user.account = Account.new(username:)
  unless user.save
    warn user.errors.full_messages.join('; ')
    exit(user.errors.of_kind?(:email, :unreachable) ? 3 : 1)
  end
end

# Approved first: Mastodon mails the staff that somebody waits when an address is confirmed before that.
user.confirmed_at = nil
user.approve!
user.mark_email_as_confirmed!
