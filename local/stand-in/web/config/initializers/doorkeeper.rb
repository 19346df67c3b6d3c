# frozen_string_literal: true

Doorkeeper.configure do
  orm :active_record
  base_controller 'ApplicationController'

  resource_owner_authenticator do
    current_user || redirect_to(auth_sign_in_path(return_to: request.fullpath))
  end

  # The password grant is gone since Mastodon 4.4.
  grant_flows %w(authorization_code client_credentials)
  access_token_expires_in nil
  force_ssl_in_redirect_uri false
  enforce_configured_scopes

  default_scopes :read
  optional_scopes :profile, :write, :'write:statuses', :'write:media', :follow, :push,
                  :'read:accounts', :'read:statuses',
                  :'admin:read', :'admin:read:domain_blocks', :'admin:write', :'admin:write:domain_blocks'
end

Rails.application.config.to_prepare { Doorkeeper::AuthorizationsController.layout 'application' }
