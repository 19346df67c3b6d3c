# frozen_string_literal: true

# The owner, as `tootctl accounts create` makes an account, with the password of the settings: so no mail says that it was changed.
# What a kill left half-made is completed.
email = ENV.fetch('OWNER_EMAIL').downcase
domain = email.split('@').last
deadline = Time.now.utc + Integer(ENV.fetch('OWNER_PATIENCE', 300))

user = User.find_by(email:) || User.new(
  email:, password: ENV.fetch('OWNER_PASSWORD'), role: UserRole.find_by!(name: 'Owner'), agreement: true,
  confirmed_at: Time.now.utc, bypass_registration_checks: true, account: Account.new(username: ENV.fetch('OWNER_USERNAME'))
)

# Mastodon looks for the mail server of the address. A new domain is known everywhere only after a while.
until user.save
  unreachable = user.errors.of_kind?(:email, :unreachable)
  abort "Mastodon refuses the owner #{ENV.fetch('OWNER_USERNAME')} <#{email}>: #{user.errors.full_messages.join(', ')}" unless unreachable
  warn "waiting for a DNS record of #{domain}, the domain of the owner's e-mail: MX, or an address …" unless @said
  @said = true
  if Time.now.utc > deadline
    abort "administrators[0].email: given #{email}, expected an address that mail can reach: #{domain} has no MX record, and no address. " \
          "Create one (#{domain} MX 10 mail.example.org, say) or give another address, and run pulumi up again"
  end
  sleep 5
end

# In that order: of an account that is confirmed and not approved the staff get a mail, and the staff is the owner.
user.update!(approved: true)
user.confirmed_at = nil
user.mark_email_as_confirmed!
