# frozen_string_literal: true

# A new domain appears in the list of known servers.
module DomainMaterializable
  extend ActiveSupport::Concern

  included { after_create_commit { Instance.refresh unless Instance.exists?(domain:) } }
end
