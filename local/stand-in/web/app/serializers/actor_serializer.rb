# frozen_string_literal: true

# An account as ActivityPub actor: enough for other servers to know its key.
class ActorSerializer
  def initialize(account)
    @account = account
  end

  def as_json(*)
    id = "https://#{Rails.configuration.x.web_domain}/#{@account.instance_actor? ? 'actor' : "users/#{@account.username}"}"
    {
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
      id:,
      type: @account.actor_type || 'Person',
      preferredUsername: @account.username,
      name: @account.name,
      inbox: "#{id}/inbox",
      outbox: "#{id}/outbox",
      publicKey: { id: "#{id}#main-key", owner: id, publicKeyPem: @account.signing_key.public_to_pem },
    }
  end
end
