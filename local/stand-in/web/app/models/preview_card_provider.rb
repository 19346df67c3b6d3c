# frozen_string_literal: true

# A site whose pages people link to.
class PreviewCardProvider < ApplicationRecord
  include DomainNormalizable
end
